"""The differences that are no fault of either side: a short list, and each says why."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import attrs

from properties.twin.kinds import by_root, kinds
from unitofwork.domain import errors

Came: TypeAlias = Mapping[str, Any]
"""What came of an operation on one side: its outcome, and all that is seen then."""

Parted: TypeAlias = Sequence[tuple[str, object, object]]
"""What differs: the way to it, and what it is on either side."""

ABSENT = "(absent)"


@attrs.frozen
class Known:
    """A difference that is known.

    Attributes:
        name: what it is called in reports.
        why: why neither side is wrong.
        is_it: whether what came of an operation on both sides differs for this reason.
    """

    name: str
    why: str
    is_it: Callable[[Came, Came, Parted], bool]


def _which_fault(one: Came, other: Came, _: Parted) -> bool:
    refused = [_refused(came["outcome"]) for came in (one, other)]
    return None not in refused and refused[0] != refused[1]


def _refused(outcome: object) -> tuple[object, ...] | None:
    """The table of what a flush refused, with the part of a key that no row may be without."""
    if not isinstance(outcome, dict):
        return None
    error = getattr(errors, outcome["error"])
    if not issubclass(error, _OF_A_ROW):
        return None
    kind = kinds().get(outcome["of"] or "")
    columns = tuple(outcome["columns"]) if issubclass(error, errors.NotNullViolation) else ()
    return outcome["of"], outcome["table"], *(columns if kind is not None and {*columns} <= {*kind.key} else ())


_OF_A_ROW = (errors.ConstraintViolation, errors.InvalidValue, errors.StaleEntity, errors.LockTimeout)


def _left_loaded(one: Came, other: Came, parted: Parted) -> bool:
    failed = None not in (_refused(one["outcome"]), _refused(other["outcome"]))
    return failed and all("/loaded/" in where and ABSENT in (mine, theirs) for where, mine, theirs in parted)


def _held_twice(one: Came, other: Came, _: Parted) -> bool:
    return any(_owners(came["seen"]) for came in (one, other))


def _owners(seen: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Members that two entities hold by the same relationship, of which each member has one owner."""
    found: Counter[tuple[str, str]] = Counter()
    for label, entity in seen.items():
        for relation in _owning(label.rstrip("0123456789.+?")):
            held = entity["loaded"].get(relation)
            for member in held if isinstance(held, list) else filter(None, [held]):
                found[relation, member[1] if isinstance(member, tuple) else member] += 1
    return {member for member, owners in found.items() if owners > 1}


@cache
def _owning(name: str) -> tuple[str, ...]:
    kind = kinds().get(by_root().get(name, name))
    return () if kind is None else tuple(each.name for each in kind.relations.values() if each.owning)


KNOWN = (
    Known(
        "which fault a flush meets first",
        "SQLAlchemy writes tables that are not related in no particular order, and stops at the first row refused",
        _which_fault,
    ),
    Known(
        "what a failed flush leaves loaded",
        "a flush loads what it needs in the same order, and had come more or less far when it failed",
        _left_loaded,
    ),
    Known(
        "whose an entity is that two hold",
        "SQLAlchemy leaves an entity in its former owner's collection when another one's takes it in, and writes the"
        " key of the owner that it happens to visit last",
        _held_twice,
    ),
)
"""All of them, whichever databases are compared. Each is counted and printed, and ends its history."""


def known(one: Came, other: Came, parted: Parted) -> Known | None:
    """The known difference that this is."""
    return next((each for each in KNOWN if each.is_it(one, other, parted)), None)

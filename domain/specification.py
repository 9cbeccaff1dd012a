"""The language of questions: ``where("name") == "sandy"`` makes a condition, ``where("age").desc()`` an order."""

from collections.abc import Iterable
from typing import Any, Generic, LiteralString, TypeVar, overload

from unitofwork.domain.bounds import check_size
from unitofwork.domain.condition import And, Comparison, Condition, Operator
from unitofwork.domain.path import Path, named
from unitofwork.domain.query import Order

V = TypeVar("V")
V_contra = TypeVar("V_contra", contravariant=True)


class Field(Generic[V_contra]):
    """An attribute that a question is about: compare it, or order by it."""

    __slots__ = ("path",)
    __hash__ = None  # type: ignore[assignment]  # `==` makes a condition, so a field cannot be looked up

    def __init__(self, path: Path) -> None:
        self.path = path
        """The way to it."""

    def __eq__(self, other: V_contra | None) -> Condition:  # type: ignore[override]  # it makes a condition, as in a query language
        """Equal; ``== None`` is the same as `is_none`."""
        return self.is_none() if other is None else Comparison(self.path, Operator.EQUAL, other)

    def __ne__(self, other: V_contra | None) -> Condition:  # type: ignore[override]  # it makes a condition, as in a query language
        """Not equal, which None is to nothing; ``!= None`` is the same as `is_not_none`."""
        return self.is_not_none() if other is None else Comparison(self.path, Operator.NOT_EQUAL, other)

    def __lt__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.LESS, other)

    def __le__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.LESS_OR_EQUAL, other)

    def __gt__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.GREATER, other)

    def __ge__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.GREATER_OR_EQUAL, other)

    def in_(self, values: Iterable[V_contra]) -> Condition:
        """Equal to one of the values; true of nothing where there are none."""
        return self._among(Operator.IN, values)

    def not_in(self, values: Iterable[V_contra]) -> Condition:
        """Equal to none of the values: true of everything where there are none, of nothing where one is None."""
        return self._among(Operator.NOT_IN, values)

    def is_none(self) -> Condition:
        """The attribute is None."""
        return Comparison(self.path, Operator.IS_NONE)

    def is_not_none(self) -> Condition:
        """The attribute is not None."""
        return Comparison(self.path, Operator.IS_NOT_NONE)

    def between(self, low: V_contra, high: V_contra) -> Condition:
        """At least ``low`` and at most ``high``."""
        _refuse_none(Operator.BETWEEN, low, high)
        return Comparison(self.path, Operator.BETWEEN, (low, high))

    def startswith(self, prefix: str) -> Condition:
        """Starts with exactly this text; ``%`` and ``_`` mean themselves, and case matters."""
        return self._text(Operator.STARTS_WITH, prefix)

    def endswith(self, suffix: str) -> Condition:
        """Ends with exactly this text; ``%`` and ``_`` mean themselves, and case matters."""
        return self._text(Operator.ENDS_WITH, suffix)

    def contains(self, text: str) -> Condition:
        """Contains exactly this text; ``%`` and ``_`` mean themselves, and case matters."""
        return self._text(Operator.CONTAINS, text)

    def like(self, pattern: str) -> Condition:
        r"""Matches: ``%`` is any text, ``_`` any one character, ``\`` takes the next one literally; case matters."""
        return self._text(Operator.LIKE, pattern)

    def ilike(self, pattern: str) -> Condition:
        """Matches as `like` does, but for case."""
        return self._text(Operator.ILIKE, pattern)

    def asc(self) -> Order:
        """Order by the attribute, least first."""
        return Order(self.path)

    def desc(self) -> Order:
        """Order by the attribute, greatest first."""
        return Order(self.path, descending=True)

    def _ordered(self, operator: Operator, operand: object) -> Condition:
        _refuse_none(operator, operand)
        return Comparison(self.path, operator, operand)

    def _among(self, operator: Operator, values: Iterable[object]) -> Condition:
        if isinstance(values, str | bytes):
            raise TypeError(f"{operator.value!r} takes several values, and a text would be its letters: give a list")
        return Comparison(self.path, operator, tuple(values))

    def _text(self, operator: Operator, operand: object) -> Condition:
        if not isinstance(operand, str):
            raise TypeError(f"{operator.value!r} compares text, not {type(operand).__name__}")
        if operator in (Operator.LIKE, Operator.ILIKE) and _ends_in_escape(operand):
            raise ValueError("a pattern cannot end in a single backslash: double it to mean the backslash itself")
        return Comparison(self.path, operator, operand)

    def __repr__(self) -> str:
        return f"where({str(self.path)!r})"


def _refuse_none(operator: Operator, *operands: object) -> None:
    if any(operand is None for operand in operands):
        raise TypeError(f"nothing is {operator.value!r} None: use is_none() or is_not_none()")


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


@overload
def where(attribute: LiteralString, /) -> Field[object]: ...
@overload
def where(attribute: V, /) -> Field[V]: ...
@overload
def where(step: object, attribute: LiteralString, /) -> Field[object]: ...
@overload
def where(step: object, attribute: V, /) -> Field[V]: ...
@overload
def where(step: object, second: object, attribute: V, /) -> Field[V]: ...
def where(*steps: object) -> Field[Any]:
    """Name the attribute that a condition or an order is about.

    ``where("addresses.email_address")`` is checked when the question is asked; ``where(User.name)`` and
    ``where(User.addresses, Address.email_address)`` by type checkers too.

    Raises:
        MappingError: a step is neither an attribute nor a name.
    """
    return Field(Path.of(*steps))


def all_of(conditions: Iterable[object], equal: Iterable[tuple[str, object]] = ()) -> Condition:
    """Join conditions, and equalities given as name and value, to one.

    Raises:
        TypeError: something else than a condition was given.
        UnsupportedQuery: it is too large.
    """
    given: list[Condition] = []
    for condition in conditions:
        if not isinstance(condition, Condition):
            raise TypeError(f"{type(condition).__name__} is no condition: write where('name') == value")
        given.append(condition)
    for name, operand in equal:
        operator = Operator.IS_NONE if operand is None else Operator.EQUAL
        given.append(Comparison(named(name), operator, operand))
    joined = given[0] if len(given) == 1 else And(tuple(given))
    check_size(joined)
    return joined

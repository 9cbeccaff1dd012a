"""All that is wrong with a mapping at once, where the first of it would otherwise be raised."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import MemberDescriptorType
from typing import TypeAlias

from unitofwork.domain.errors import MappingError


class MappingWarning(UserWarning):
    """The mapping works, but not in every way that it seems to."""


Finding: TypeAlias = MappingError | MappingWarning

_gathered: ContextVar[list[Finding] | None] = ContextVar("unitofwork.findings", default=None)


@contextmanager
def gathered() -> Generator[list[Finding]]:
    """Let what is mapped and checked in here be mapped as well as it can be, and list what was found.

    Such a mapping is good for nothing but to be looked at: it belongs into a process of its own.
    """
    found: list[Finding] = []
    token = _gathered.set(found)
    try:
        yield found
    finally:
        _gathered.reset(token)


@contextmanager
def checked() -> Generator[None]:
    """Make one check in here: its error goes on its way, unless all are gathered."""
    try:
        yield
    except MappingError as error:
        if not noted(error):
            raise


def noted(finding: Finding) -> bool:
    """Whether the finding is among the others, because all are gathered."""
    found = _gathered.get()
    if found is None:
        return False
    if str(finding) not in map(str, found):  # what is checked early is checked again when all classes are mapped
        found.append(finding)
    return True


def errors() -> int:
    """How many errors were gathered; none where they are raised."""
    return sum(isinstance(each, MappingError) for each in _gathered.get() or ())


def without_slots(entity_type: type) -> None:
    """Let a slotted class be mapped, so that others can be related to it and be checked; it is used no more."""
    for base in entity_type.__mro__:
        slots = [name for name, found in vars(base).items() if isinstance(found, MemberDescriptorType)]
        for name in slots if "__slots__" in vars(base) else ():
            delattr(base, name)

"""The people behind the installed distributions, as their metadata names them."""

from collections.abc import Iterator
from email.utils import getaddresses
from importlib.metadata import Distribution, distributions

from accounts.domain.line import Line


def lines_of_installed() -> Iterator[Line]:
    """Yield a line for each author and maintainer who has a name and an address; its origin is the distribution."""
    for distribution in sorted(distributions(), key=_name):
        for role in ("Author", "Maintainer"):
            names = distribution.metadata.get_all(role) or [""]
            fields = distribution.metadata.get_all(f"{role}-email") or []
            for fullname, address in _people(names[0], fields):
                yield Line(_name(distribution), f"{fullname} <{address}>")


def _people(name: str, fields: list[str]) -> Iterator[tuple[str, str]]:
    """Pair names with addresses; one address without a name is that of the name in the field beside it."""
    people = getaddresses(fields)
    for fullname, address in people:
        fullname = fullname or (name if len(people) == 1 else "")
        if fullname and address:
            yield fullname, address


def _name(distribution: Distribution) -> str:
    return distribution.name or "a distribution without a name"

"""The names of the branches of transactions over several databases, by which what a crash left prepared is found."""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2s
from typing import Self

import attrs
from sqlalchemy import Dialect, Engine

_PATTERN = re.compile(r"unitofwork:([0-9a-f]{8}):([0-9a-f]{32}):(\d+):(\d+)")


@attrs.frozen
class BranchName:
    """The name of one branch, of at most 64 characters, which is what every database takes.

    Attributes:
        databases: names the databases that a unit may use, all together, as `name_of` does.
        transaction: the id of the whole transaction.
        place: the number of the branch's database among them.
        turn: how many branches were begun before it; the one of turn 0 decides.
    """

    databases: str
    transaction: str
    place: int
    turn: int

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """Read a name, or return None if it is another application's."""
        match = _PATTERN.fullmatch(name)
        return None if match is None else cls(match[1], match[2], int(match[3]), int(match[4]))

    def __str__(self) -> str:
        return f"unitofwork:{self.databases}:{self.transaction}:{self.place}:{self.turn}"


def name_of(engines: Iterable[Engine]) -> str:
    """A short name for databases together, the same in every process that uses them, by whatever host or user."""
    parts = [f"{engine.dialect.name}/{engine.url.database}" for engine in engines]
    return blake2s("\n".join(parts).encode(), digest_size=4).hexdigest()


_next_name: ContextVar[BranchName | None] = ContextVar("unitofwork_branch_name", default=None)


@contextmanager
def naming(name: BranchName) -> Generator[None, None, None]:
    """Give a branch that begins inside the block this name."""
    token = _next_name.set(name)
    try:
        yield
    finally:
        _next_name.reset(token)


def take_names(dialect: Dialect) -> None:
    """Let a dialect's two-phase transactions take the names of `naming`; others keep the dialect's own."""
    own = dialect.create_xid

    def create_xid() -> object:
        name = _next_name.get()
        return own() if name is None else str(name)

    setattr(dialect, "create_xid", create_xid)  # noqa: B010  # a plain assignment to a method is a type error

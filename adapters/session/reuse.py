"""Closed sessions that serve the next units: making one, and its first events, cost a twentieth of a small unit."""

import sys
from collections import deque
from collections.abc import Callable
from operator import itemgetter
from typing import Generic, NoReturn, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from unitofwork.adapters.session.orm_session import OrmSession, run
from unitofwork.adapters.session.private import listeners
from unitofwork.domain.errors import UnitClosed

S = TypeVar("S", bound=OrmSession)

MOST = 16
"""How many closed sessions are kept."""


def _given() -> int:
    session = object()
    return _received(session)


def _received(session: object) -> int:
    return sys.getrefcount(session)


_HOLDERS = _given()
"""How many refer to a session that is given back and that nobody else has: counted, as Pythons count differently."""

_CHANGING = {"identity_map", "_new", "_deleted", "hash_key", "dispatch", "_transaction", "_nested_transaction"} | {
    "autoflush",
    "expire_on_commit",
    "exclusively",
    "recording",
    "written_behind",
}
"""The attributes of a session that are not as they were made, and are made new by closing it or by `Sessions`."""


class Sessions(Generic[S]):
    """Keeps the closed sessions of one kind. Threads may share it.

    A session is kept only if it is as it was made and nobody else has it. Whoever got hold of SQLAlchemy's session, and
    keeps it beyond the unit, has it alone then; and what they set on it, or listen to, is gone with it.
    """

    def __init__(self, make: Callable[[], S], most: int = MOST) -> None:
        self._make = make
        first = make()
        self._idle = deque([first], maxlen=most)
        self._listeners = listeners(first.dispatch)
        made = {name: value for name, value in vars(first).items() if name not in _CHANGING}
        self._values = tuple(made.values())
        self._values_of = itemgetter(*made)  # in one call: comparing them one by one would cost a quarter of a unit
        self._count = len(vars(first))

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, autoflush: bool, expire_on_commit: bool) -> S:
        """A session that holds nothing."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._make()
        session.autoflush = autoflush
        session.expire_on_commit = expire_on_commit
        return session

    def give_back(self, session: S) -> None:
        """Keep a session that was closed, if the next unit cannot tell it from a new one.

        What was deleted in it is no longer in it, be it kept or not: SQLAlchemy does not let go of that by itself.
        """
        session.exclusively = run
        session.leave()
        now = session.__dict__
        if "may_wait" in now:
            del now["may_wait"]
        try:
            same = self._values_of(now) == self._values
        except KeyError:  # one is gone
            return
        if (
            same
            and listeners(session.dispatch) == self._listeners
            and len(now) == self._count
            and now["_transaction"] is None
            and sys.getrefcount(session) <= _HOLDERS
        ):
            self._idle.append(session)


class ClosedSession(OrmSession):
    """In the place of a session that was given back: closed already, and of no other use."""

    failure = None

    def __init__(self) -> None:
        """Have nothing."""

    def close(self) -> None:
        """Be closed already."""

    def invalidate(self) -> None:
        """Be closed already."""

    def typed(self, error: BaseException) -> BaseException:
        """The error as ours: what failed goes on after it closed the unit."""
        if isinstance(error, SQLAlchemyError):
            return UnitClosed("the unit of work was closed in the middle of an operation: close it afterwards")
        return error

    def __getattr__(self, name: str) -> NoReturn:
        raise UnitClosed("the unit of work whose session this was is closed: use that of one that has begun")

    def __setattr__(self, name: str, value: object) -> None:
        """Keep nothing."""


CLOSED = ClosedSession()

"""The life of a unit of work: its session, and what belongs to its transaction."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

from unitofwork.domain.errors import CommitOutcomeUnknown, UnitOfWorkError
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.ports import Database, Session
from unitofwork.service_layer.callbacks import Callbacks
from unitofwork.service_layer.calling import caller
from unitofwork.service_layer.cursor import Cursors
from unitofwork.service_layer.events import Events
from unitofwork.service_layer.exclusive_use import ExclusiveUse, exclusive
from unitofwork.service_layer.inbox import Inbox
from unitofwork.service_layer.observing import OBSERVERS, Recorder, observed
from unitofwork.service_layer.outbox import Outbox
from unitofwork.service_layer.phases import (
    BEGIN,
    BEGUN,
    CLOSE,
    CLOSED,
    COMMIT,
    FAILED,
    MOVES,
    NEW,
    ROLLBACK,
    WORK,
    Move,
    Phase,
)
from unitofwork.service_layer.streams import OpenStreams

_DELIVERING = "the unit of work is about to commit; what its handler of events raises keeps that away"
"""Why a subscriber may not end the unit."""


class LifeCycle:
    """Holds the session of one unit of work, and hands it out for legal moves only, to one thread or task at a time.

    Repositories hold the life cycle and not their unit, so that a unit that is dropped is gone at once.
    """

    __slots__ = (
        "_autoflush",
        "_expire_on_commit",
        "_recorder",
        "_session",
        "_unguarded",
        "_unit",
        "begun_at",
        "callbacks",
        "cursors",
        "database",
        "events",
        "exclusively",
        "inbox",
        "kept",
        "noted",
        "reached",
        "reserved",
        "savepoints",
        "streams",
    )

    def __init__(
        self,
        unit: type,
        database: Database,
        autoflush: bool,
        expire_on_commit: bool,
        cursors: Cursors,
        outbox: Outbox | None,
        inbox: Inbox | None,
    ) -> None:
        self._unit = unit
        self.database = database
        """Where its sessions are opened."""
        self._autoflush = autoflush
        self._expire_on_commit = expire_on_commit
        self.reached = NEW
        """The phase, but that a unit whose transaction has failed is BEGUN here."""
        self._session: Any = None  # a Session; None where the unit has none
        self._unguarded: Session | None = None  # the same, for whoever knows that nobody else uses it
        self._recorder: Recorder | None = None
        self.begun_at = ("", 0)
        """The file and the line that began the unit."""
        self.savepoints = 0
        """How many savepoints are open."""
        self.kept = False
        """Whether it has committed, in this life or in an earlier one."""
        self.inbox = inbox
        """Knows which messages were handled; None if nobody asks."""
        self.noted: tuple[str, ...] = ()
        """The messages that the transaction has noted as handled."""
        self.reserved = ""
        """Why nobody may begin or end the unit now; empty if anybody may."""
        self.callbacks = Callbacks()
        """What waits for the end of the transaction."""
        self.events = Events(outbox)
        """What the unit's entities recorded."""
        self.streams = OpenStreams()
        """What must be closed before the transaction ends."""
        self.exclusively = ExclusiveUse()
        """What runs every operation."""
        self.cursors = cursors
        """Writes and reads the cursors of the unit's pages."""

    @property
    def phase(self) -> Phase:
        """The phase; a unit that has begun is FAILED for as long as its session has a failure."""
        if self.reached is BEGUN and self._failure() is not None:
            return FAILED
        return self.reached

    @property
    def is_open(self) -> bool:
        """Whether it has begun, and is not closed."""
        return self.reached is BEGUN

    def begin(self, read_only: bool, isolation: Isolation | None) -> None:
        """Open a session, and note who began: the nearest frame outside of this layer."""
        if self.reserved:
            self._refuse_reserved("begin()")
        self.exclusively(self._begin, read_only, isolation)
        self.begun_at = caller()
        if OBSERVERS.all:
            self.exclusively(self._record)

    def raised(self, error: BaseException) -> None:
        """Note that the unit's block is left by an error."""
        if self._recorder is not None:
            self._recorder.raised(error)

    def dropped(self) -> None:
        """Note that nobody has closed the unit, and close it."""
        if self._recorder is not None:
            self._recorder.dropped()
        self.close()

    @contextmanager
    def reserve(self, why: str) -> Generator[None]:
        """Let nobody begin or end the unit inside the block."""
        before, self.reserved = self.reserved, why
        try:
            yield
        finally:
            self.reserved = before

    def working(self, move: Move = WORK) -> Session:
        """The session, for any operation inside the transaction, or for a move that ends it."""
        session = self._unguarded
        if session is None or session.failure is not None:  # else it has begun, and all of them are legal
            self._after(move)
        return self._session  # type: ignore[no-any-return]  # a Session: these moves are legal in phases that have one

    def unguarded(self) -> Session:
        """The session as the adapter made it, which does not refuse to be used by two threads at once."""
        self._after(WORK)
        assert self._unguarded is not None  # or the move would have been refused
        return self._unguarded

    def holds(self, session: Session) -> bool:
        """Whether this is still the unit's session."""
        return self._session is session

    def commit(self) -> None:
        """Commit; a savepoint that is open must be left first."""
        session = self._unguarded
        if session is None or session.failure is not None:
            self._after(COMMIT)
        if self.reserved or self.savepoints or self.streams:
            self._prepare_to_end("commit()")
        try:
            self.exclusively(self._commit)
        except BaseException as error:
            self._not_committed(error)
            raise
        self.kept = True
        self.noted = ()
        self.events.committed()
        if self.callbacks:
            self.callbacks.committed()

    def rollback(self) -> None:
        """Roll back; a savepoint that is open must be left first."""
        session = self.working(ROLLBACK)
        self._prepare_to_end("rollback()")
        session.rollback()
        self.noted = ()
        self.events.drop(session)
        self.events.begin()
        self.callbacks.rolled_back()

    def close(self, *, invalidate: bool = False) -> None:
        """Close the session, if there is one. The unit is closed even if that fails, unless another thread is in it.

        Args:
            invalidate: whether to throw its connection away.
        """
        if self.reserved or self.events.delivering:
            self._refuse_reserved("invalidate()" if invalidate else "close()")
        try:
            self.exclusively(self._let_go, invalidate)
        finally:
            if self.reached is CLOSED and (self._recorder is not None or self.callbacks):
                self._tell_end()

    def _prepare_to_end(self, move: str) -> None:
        if self.reserved or self.events.delivering:
            self._refuse_reserved(move)
        if self.savepoints or self.streams:  # else there is nothing to do, and no need to be alone for it
            self.exclusively(self._refuse_inside_savepoint, move)
            self.exclusively(self.streams.end)

    def _commit(self) -> None:
        session = self._unguarded
        assert session is not None  # or the move would have been refused
        if self._recorder is not None:
            session = self._seen(session)
        messages = self.events.deliver(session, self.begun_at)
        if messages:
            session.commit(messages, self.events.notify)
        else:
            session.commit()

    def _seen(self, session: Session) -> Session:
        return session if self._recorder is None else observed(session, self._recorder)

    def _begin(self, read_only: bool, isolation: Isolation | None) -> None:
        following = BEGUN if self.reached is NEW else self._after(BEGIN)  # as the table says, in less time
        session = self.database.session(
            read_only=read_only,
            isolation=isolation,
            autoflush=self._autoflush,
            expire_on_commit=self._expire_on_commit,
        )
        self._session = exclusive(session, self.exclusively)
        self._unguarded = session
        self.reached = following
        self.noted = ()
        self.events.begin()

    def _record(self) -> None:
        assert self._unguarded is not None  # it has just begun
        self._recorder = Recorder(self._unit.__name__, self.begun_at, OBSERVERS.all)
        self._session = exclusive(self._seen(self._unguarded), self.exclusively)

    def _not_committed(self, error: BaseException) -> None:
        if isinstance(error, CommitOutcomeUnknown):
            error.noted = self.noted
        if isinstance(error, CommitOutcomeUnknown) or not isinstance(error, Exception):
            self.callbacks.clear()  # nobody knows which of them would tell the truth
        elif self.phase is FAILED:
            self.callbacks.rolled_back()

    def _tell_end(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.ended()
        self.callbacks.rolled_back()

    def _let_go(self, invalidate: bool) -> None:
        self.reached = CLOSED if self.reached is BEGUN else self._after(CLOSE)
        session = self._unguarded
        self._unguarded = self._session = None
        self.savepoints = 0
        if session is None:
            return
        try:
            self.events.drop(session)
            if invalidate or self.streams or self._recorder is not None:
                self._end(session, invalidate)
            else:
                session.close()
        except BaseException:
            with suppress(Exception):
                session.invalidate()  # it may not even have begun to close, as when an interrupt came first
            raise

    def _end(self, session: Session, invalidate: bool) -> None:
        ending = self._seen(session)
        if invalidate:
            ending.invalidate()
        self.streams.end()  # only after that, for what is closed by talking to the server could wait for it
        if not invalidate:
            ending.close()

    def _refuse_reserved(self, move: str) -> None:
        raise UnitOfWorkError(f"{move} is refused: {self.reserved or _DELIVERING}")

    def _refuse_inside_savepoint(self, move: str) -> None:
        if self.savepoints:
            raise UnitOfWorkError(f"{move} inside a savepoint: leave the savepoint's block first")

    def _after(self, move: Move) -> Phase:
        following = MOVES[self.phase][move]
        if isinstance(following, Phase):
            return following
        error, message = following
        raise error(message) from self._failure()

    def _failure(self) -> BaseException | None:
        return self._unguarded.failure if self._unguarded is not None else None

"""A part of a unit of work that can be undone alone."""

from collections.abc import Generator
from contextlib import contextmanager

from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.ports import Savepoint, Session
from unitofwork.service_layer.life_cycle import LifeCycle
from unitofwork.service_layer.phases import Phase


@contextmanager
def savepoint(life: LifeCycle) -> Generator[Session, None, None]:
    """Give the session for the block; leaving it by an exception goes back to where it was entered."""
    session = life.working()
    point, mark = session.savepoint(), (len(life.callbacks), life.events.mark(), len(life.noted))
    life.savepoints += 1
    try:
        yield session
        if life.working() is not session:
            raise UnitOfWorkError("the unit of work was closed inside the savepoint, which ended it")
        _end_streams(life, life.savepoints)
        point.release()
        life.savepoints -= 1
    except BaseException as error:
        if life.holds(session):
            _undo(life, point, mark, error)
        raise


def _undo(life: LifeCycle, point: Savepoint, mark: tuple[int, int, int], error: BaseException) -> None:
    life.savepoints -= 1
    with noting(error, "the savepoint could not be rolled back"):
        try:
            _end_streams(life, life.savepoints + 1)
            point.rollback()
        except BaseException:
            if life.phase is Phase.BEGUN:
                life.savepoints += 1  # it is still open, so that the unit can only be closed
            raise
        callbacks, events, noted = mark
        life.noted = life.noted[:noted]
        life.events.drop(life.working(), events)
        life.callbacks.rolled_back(callbacks)


def _end_streams(life: LifeCycle, inside: int) -> None:
    life.exclusively(life.streams.end, inside)


@contextmanager
def noting(error: BaseException | None, what: str) -> Generator[None, None, None]:
    """Add what goes wrong in the block to ``error`` as a note, so that it is not replaced; without one, raise it."""
    try:
        yield
    except Exception as second:
        if error is None:
            raise
        error.add_note(f"and then {what}: {second}")

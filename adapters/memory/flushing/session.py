"""A session that flushes to rows: in one pass what can be, and the rest as SQLAlchemy does."""

from collections.abc import Sequence

from sqlalchemy import event
from sqlalchemy.orm import UOWTransaction

from unitofwork.adapters.memory.connected_session import ConnectedSession
from unitofwork.adapters.memory.flushing.collecting import collect
from unitofwork.adapters.memory.flushing.one_pass import write
from unitofwork.adapters.memory.flushing.order import in_order
from unitofwork.adapters.memory.flushing.part import BeyondOnePass, Part
from unitofwork.adapters.memory.private.flushing import changes_of
from unitofwork.adapters.memory.private.written import flush


class FlushingSession(ConnectedSession):
    """A session whose flushes are carried out on rows."""

    def _flush(self, objects: Sequence[object] | None = None) -> None:
        """Flush in one pass what can be; SQLAlchemy's own unit of work does the rest."""
        if objects or not self._flush_in_one_pass():
            self._flush_by_statements(objects)

    def _flush_by_statements(self, objects: Sequence[object] | None) -> None:
        if not self.engine.faults.watching:
            super()._flush(objects)
            return
        event.listen(self, "after_flush", _fail_flush)
        try:
            super()._flush(objects)
        finally:
            event.remove(self, "after_flush", _fail_flush)

    def _flush_in_one_pass(self) -> bool:
        changes = changes_of(self)
        if changes is None:
            return False
        try:
            parts = collect(self, changes)
        except BeyondOnePass:
            return False
        if len(parts) > 1:
            order = in_order(frozenset(parts))
            if order is None:
                return False
            flush(self, self._write, list(map(parts.__getitem__, order)))
        else:
            flush(self, self._write, list(parts.values()))
        return True

    def _write(self, parts: Sequence[Part]) -> None:
        write(self.connected(), parts)
        if self.engine.faults.watching:
            self.engine.faults.meet("flush")


def _fail_flush(session: FlushingSession, _context: UOWTransaction) -> None:
    session.engine.faults.meet("flush")

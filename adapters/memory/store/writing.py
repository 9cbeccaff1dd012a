"""Changes of single rows, with what the rules of their table make of them, for statements and referential actions."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import attrs

from unitofwork.adapters.memory.containers import new_list
from unitofwork.adapters.memory.store.foreign_keys import ForeignKey, check_child
from unitofwork.adapters.memory.store.locks import Mode
from unitofwork.adapters.memory.store.referential_actions import no_action
from unitofwork.adapters.memory.store.row import Key, Row
from unitofwork.adapters.memory.store.shape import Makes
from unitofwork.adapters.memory.store.straight import Place
from unitofwork.adapters.memory.store.table import StoredTable
from unitofwork.adapters.memory.store.undo import Undo
from unitofwork.adapters.memory.store.unique import check_again, check_unique
from unitofwork.domain.errors import PersistenceError

Check: TypeAlias = Callable[..., None]

_KEY_SHARE, _NO_KEY_UPDATE, _UPDATE = Mode.KEY_SHARE, Mode.NO_KEY_UPDATE, Mode.UPDATE

Event: TypeAlias = tuple[Any, ...]
"""A check that is put off, and what it is given."""


@attrs.define(eq=False, repr=False)
class Writer(Undo):
    """Inserts, updates and deletes rows, and keeps what is to be checked later."""

    _deferred: list[Event] = attrs.field(init=False, factory=new_list)
    _queue: list[Event] = attrs.field(init=False, factory=new_list)

    def new_row(self, table: StoredTable, values: list[Any], defaults: Makes) -> Row:
        """Make a row, with what is made and computed of it, that keeps to the rules about itself."""
        for place, make in defaults:
            values[place] = make(self)
        table.last = values[0] = table.last + 1
        shape = table.shape
        row = shape.computed(self, values) if shape.generated else tuple(values)
        if shape.checks or None in row:
            shape.check(self, row)
        return row

    def add_row(self, table: StoredTable, row: Row) -> None:
        """Put a row that was made among the others."""
        doubtful = check_unique(self, table, row)
        number = row[0]
        self.keep(table, number, None)
        table.add(number, row)
        for key in table.shape.foreign_keys:
            (self._deferred if key.deferred else self._queue).append((check_child, key, row))
        for unique in doubtful:
            self.later(unique.deferred, check_again, unique, table, row)

    def place_rows(self, table: StoredTable, place: Place, given: Sequence[tuple[Any, ...]]) -> list[Row]:
        """Make rows and put them among the others, up to the first with which something is unusual; return them.

        What they refer to is checked, or else is to be checked when the statement ends.
        """
        made: list[Row] = []
        writer = table.writer
        if self.past or not (writer is None or writer is self):
            return made
        images = self.begin_writing(table)
        changes, rows, entries, others = self._changes, table.rows, table.entries, table.others
        for values in given:
            number = table.last + 1
            try:
                row = place(self, values, number, entries)
            except PersistenceError:  # which a rule raises again, once the row has taken its numbers
                row = None
            if row is None:
                break
            table.last = number
            images[number] = None
            changes.append((table, number, None))
            for index in others:
                index.add(number, row)
            rows[number] = row
            made.append(row)
        if not images:
            self.end_writing(table)
        for key in table.shape.foreign_keys:
            if len(made) < len(given) or not self._keeps_parents(key, made):
                self._queue += [(check_child, key, row) for row in made for key in table.shape.foreign_keys]
                if len(made) == len(given):
                    self.end_statement()
                break
        return made

    def _keeps_parents(self, key: ForeignKey, rows: Sequence[Row]) -> bool:
        """Whether rows plainly refer to others, which are then kept until the transaction ends."""
        parent = self.store.tables[key.parent]
        writer = parent.writer
        if self.past or not (writer is None or writer is self):
            return False
        key_of, numbers, locks = key.key, parent.entries[key.unique], parent.locks
        last: Key = None
        for row in rows:
            wanted = key_of(row)
            if wanted is None or wanted == last:
                continue
            number = numbers.get(wanted)
            if number is None:
                return False
            if number not in locks:
                locks[number] = {self: _KEY_SHARE}
                self._locks.append((parent, number, None))
            elif self not in locks[number]:
                return False
            last = wanted
        return True

    def update_row(self, table: StoredTable, number: int, values: Sequence[tuple[int, Any]]) -> Row | None:
        """Change a row to stored values, as part of a statement."""
        old = self.current(table, number)
        return None if old is None else self.change_row(table, old, values)

    def change_row(self, table: StoredTable, old: Row, values: Sequence[tuple[int, Any]]) -> Row:
        """Change a row that is there to stored values, as part of a statement."""
        shape, number = table.shape, old[0]
        changed, indexed = list(old), False
        for place, value in values:
            changed[place] = value
            indexed = indexed or place in shape.indexed_places
        row = shape.computed(self, changed) if shape.generated else tuple(changed)
        if shape.checks or None in row:
            shape.check(self, row)
        if self.past:
            self.check_unchanged(table, number)
        if indexed or shape.generated:
            indexed = _differ(old, row, shape.indexed_places)
        moved = indexed and _differ(old, row, shape.key_places)
        self.lock(table, number, _UPDATE if moved else _NO_KEY_UPDATE)
        doubtful = check_unique(self, table, row) if indexed else ()
        mine = bool(shape.foreign_keys) and self.has_written(table, number)
        self.keep(table, number, old)
        table.change(number, old, row, indexed)
        if moved:
            for key in shape.referred_by:
                before = key.parent_key(old)
                if before is not None and before != key.parent_key(row):
                    self.later(key.deferred and key.on_update is no_action, key.on_update, key, old, row)
        for key in shape.foreign_keys:
            if mine or key.key(old) != key.key(row):
                self.later(key.deferred, check_child, key, row)
        for unique in doubtful:
            self.later(unique.deferred, check_again, unique, table, row)
        return row

    def delete_row(self, table: StoredTable, number: int) -> bool:
        """Delete a row, as part of a statement; say whether it was there."""
        old = self.current(table, number)
        if old is None:
            return False
        self.remove_row(table, old)
        return True

    def remove_row(self, table: StoredTable, old: Row) -> None:
        """Delete a row that is there, as part of a statement."""
        number = old[0]
        if self.past:
            self.check_unchanged(table, number)
        self.lock(table, number, _UPDATE)
        self.keep(table, number, old)
        table.remove(number, old)
        self._leave_children(table.referred_by(self.store.tables), old)

    def remove_rows(self, table: StoredTable, keys: Iterable[tuple[Any, ...]]) -> bool:
        """Delete the rows that have primary keys, as by a statement for each, if that is plain; say whether it is.

        Of each row it does what `remove_row` does, but looks only once for what all of them share.
        """
        writer, forget = table.writer, table.shape.forget
        if table.primary is None or forget is None or not (writer is None or writer is self):
            return False
        images = self.begin_writing(table)
        primary = table.primary  # no other, unless what is there was shared
        numbers, lookup, entries, rows = primary.entries, primary.lookup, table.entries, table.rows
        changes, locks, locked, others = self._changes, table.locks, self._locks, table.others
        referring = table.referred_by(self.store.tables)
        for key in keys:
            number = numbers.get(lookup(key))
            if number is None:
                continue
            if number in locks:
                self.lock(table, number, _UPDATE)
            else:
                locks[number] = {self: _UPDATE}
                locked.append((table, number, None))
            row = rows[number]
            if number not in images:
                images[number] = row
            changes.append((table, number, row))
            forget(row, entries)
            for index in others:
                index.remove(number, row)
            del rows[number]
            if referring:
                self._leave_children(referring, row)
                self.end_statement()
        if not images:
            self.end_writing(table)
        return True

    def _leave_children(self, referring: Sequence[ForeignKey], row: Row) -> None:
        """See what becomes of those that refer to a row that was deleted."""
        for key in referring:
            if key.parent_key(row) is not None:
                self.later(key.deferred and key.on_delete is no_action, key.on_delete, key, row, None)

    def later(self, deferred: bool, check: Check, *args: Any) -> None:
        """Check something when the statement ends, or at commit."""
        (self._deferred if deferred else self._queue).append((check, *args))

    def end_statement(self) -> None:
        """Check, and do, what was put off; each may put off more."""
        if self._queue:
            for check, *args in self._queue:  # which may grow meanwhile
                check(self, *args)
            self._queue.clear()

    # What isolation decides

    def check_unchanged(self, table: StoredTable, number: int) -> None:
        """Refuse a row that was changed since what this transaction sees."""

    def check_key_unchanged(self, table: StoredTable, number: int) -> None:
        """Refuse a row whose key was changed since what this transaction sees."""

    def check_same_key(self, table: StoredTable, there: Row, new: Row) -> None:
        """Refuse a row because of one with the same key, unless that one is simply there."""


def _differ(old: Row, row: Row, places: tuple[int, ...]) -> bool:
    """Whether rows differ in one of these places, be it only as PostgreSQL sees it: 1.0 and 1.00 are not the same."""
    for place in places:
        before, now = old[place], row[place]
        if before is not now and (before != now or repr(before) != repr(now)):
            return True
    return False

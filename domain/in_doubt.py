"""Transactions in doubt: over several databases, and left half-way between their two phases."""

from datetime import datetime

import attrs


@attrs.frozen
class InDoubt:
    """A transaction that some of its databases have promised to commit, and that nobody has ended.

    It is one that is being committed at this moment, or one whose process died then. It holds its locks until it is
    ended.

    Attributes:
        id: what `SqlAlchemyDatabase.resolve` ends it by.
        promised: whether *all* of its databases had promised. Then some may have committed, and the others must; if
            not, none has committed, and none may.
        prepared_at: when the first of the databases that say so promised; None where none does.
        databases: those where it waits, as URLs without passwords.
    """

    id: str
    promised: bool
    prepared_at: datetime | None
    databases: tuple[str, ...]

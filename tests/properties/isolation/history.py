"""What happened to a few lists: transactions that read them and append to them, by several units at once."""

from typing import TypeAlias

import attrs


@attrs.frozen
class Append:
    """A value was appended to a list; no other append, of this or another attempt, has the same value."""

    key: int
    value: int


@attrs.frozen
class Read:
    """A list was read, and had these values."""

    key: int
    values: tuple[int, ...]


Operation: TypeAlias = Append | Read


@attrs.frozen
class History:
    """The end of many transactions.

    Attributes:
        committed: what each transaction that committed did, in its order.
        undone: the values that attempts appended which did not commit.
        final: what is in each list at last.
    """

    committed: tuple[tuple[Operation, ...], ...]
    undone: frozenset[int]
    final: dict[int, tuple[int, ...]]

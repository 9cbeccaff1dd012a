r"""Rows put among others, and taken away, in a straight line: by functions that are written for a table.

Of a table of ``id``, which numbers itself, and ``name``, which is unique and has at most 30 characters, and of rows
that give no ``id`` and a ``str``, they are::

    def fits(given):
        _, v2, = given
        return (v2.isascii() or encodes(v2)) and '\0' not in v2 and len(v2) <= 30

    def place(me, given, number, entries):
        _, v2, = given
        sequences = me.store.sequences
        v1 = sequences.get(c1, 0) + 1
        if not (v1 <= 2147483647): return None
        row = (number, v1, v2, )
        e0, e1, = entries
        if v1 in e0: return None
        if v2 in e1: return None
        sequences[c1] = v1
        e0[v1] = number
        e1[v2] = number
        return row

    def forget(row, entries):
        e0, e1, = entries
        del e0[row[1]]
        del e1[row[2]]
"""

from collections.abc import Callable, Iterator, Sequence
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Column

from unitofwork.adapters.memory.store.defaults import sequence_of
from unitofwork.adapters.memory.store.row import Key, Row
from unitofwork.adapters.memory.store.sequences import SequenceShape
from unitofwork.adapters.memory.values import Codec
from unitofwork.adapters.memory.values.codec import NAMES
from unitofwork.domain.errors import InvalidValue

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.shape import Shape

Entries: TypeAlias = tuple[dict[Key, Any], ...]
"""By key, which row has it, for each unique rule."""

Fits: TypeAlias = Callable[[tuple[Any, ...]], bool]
"""Whether what is given is within the limits of its columns: if so, the mapping's checks need not be asked."""

Place: TypeAlias = Callable[[Any, tuple[Any, ...], int, Entries], Row | None]
"""Makes a row of what is given and fits, and enters its keys; does nothing where something else is unusual."""

Forget: TypeAlias = Callable[[Row, Entries], None]
"""Takes the keys of a row out of the entries."""

_Values: TypeAlias = dict[int, str]
"""By place in a row, how a value is called that is not None."""


class _Unusual(Exception):
    """Only the general way does this right."""


def fitting(shape: "Shape", given: Sequence[Column[Any]], kinds: Sequence[type]) -> Fits | None:
    """What says whether values of these classes fit these columns; None where only the general way does.

    NoneType is the class of what is not given.
    """
    source = _Source()
    try:
        values = _values(shape, given, kinds)
    except _Unusual:
        return None
    source.unpack(shape, given, values)
    plain = ((value, shape.codecs[place - 1].plain) for place, value in values.items())
    tests = [each.test.format(value) for value, each in plain if each is not None and each.test]
    source.line(f"return {' and '.join(tests) or True}")
    fits: Fits = source.function("fits(given)")
    return fits


def placing(shape: "Shape", given: Sequence[Column[Any]], kinds: Sequence[type]) -> Place | None:
    """What places rows that give these columns values of these classes; as `fitting` has them.

    None stands for what only the general way does.
    """
    source = _Source()
    try:
        if not _is_plain(shape) or any(key.deferred for key in shape.foreign_keys):
            raise _Unusual
        values = _values(shape, given, kinds)
        source.unpack(shape, given, values)
        counted = _counted(source, shape, values)
        if any(place not in values for place, _ in shape.required):
            raise _Unusual
    except _Unusual:
        return None
    source.line(f"row = (number, {''.join(f'{values.get(place)}, ' for place in shape.place.values())})")
    for check in shape.checks:
        source.unless(f"{source.constant(check.holds)}(row, me) is not False")
    keys = list(_keys(source, shape, values))
    for at, key, guard in keys:
        source.line(f"if {guard and guard + ' and '}{key} in e{at}: return None")
    for text in counted:
        source.line(text)
    for at, key, guard in keys:
        source.line(f"{guard and f'if {guard}: '}e{at}[{key}] = number")
    source.line("return row")
    place: Place = source.function("place(me, given, number, entries)")
    return place


def forgetting(shape: "Shape") -> Forget | None:
    """What takes the keys of the table's rows out of the entries; None where only the general way does."""
    if not _is_plain(shape):
        return None
    source = _Source()
    for at, key, guard in _keys(source, shape, {place: f"row[{place}]" for place, _ in shape.required}):
        source.line(f"{guard and f'if {guard}: '}del e{at}[{key}]")
    source.line("return None")
    forget: Forget = source.function("forget(row, entries)")
    return forget


def _is_plain(shape: "Shape") -> bool:
    return not shape.generated and not any(rule.deferrable for rule in shape.unique)


def _values(shape: "Shape", given: Sequence[Column[Any]], kinds: Sequence[type]) -> _Values:
    """What the values are called that are given."""
    values: _Values = {}
    for column, kind in zip(given, kinds, strict=True):
        place = shape.place[column]
        codec = shape.codecs[place - 1]
        if kind is NoneType:
            if codec.stores_none:
                raise _Unusual
        elif codec.plain is None or codec.plain.kind is not kind or shape.generates(column):
            raise _Unusual
        else:
            values[place] = f"v{place}"
    return values


def _counted(source: "_Source", shape: "Shape", values: _Values) -> list[str]:
    """Number what is not given; return what takes the numbers for good."""
    taking: list[str] = []
    names: set[str] = set()
    for column in shape.defaults:
        place = shape.place[column]
        if place in values:
            continue
        sequence = sequence_of(column)
        if sequence is None or not _fits(sequence, shape.codecs[place - 1]):
            raise _Unusual
        value = values[place] = f"v{place}"
        if sequence.name in names:
            raise _Unusual
        names.add(sequence.name)
        name, step = source.constant(sequence.name), sequence.increment
        source.line("sequences = me.store.sequences")
        source.line(f"{value} = sequences.get({name}, {sequence.start - step}) + {step}")
        source.unless(f"{value} <= {sequence.high}" if step > 0 else f"{value} >= {sequence.low}")
        taking.append(f"sequences[{name}] = {value}")
    return taking


def _fits(sequence: SequenceShape, codec: Codec) -> bool:
    """Whether every number of a sequence is stored as it is."""
    try:
        return codec.store is not None and all(codec.store(each) is each for each in (sequence.low, sequence.high))
    except InvalidValue:
        return False


def _keys(source: "_Source", shape: "Shape", values: _Values) -> Iterator[tuple[int, str, str]]:
    """The place of each unique rule, its key, and when there is one; always, if that is empty."""
    if shape.unique:
        source.line(f"{''.join(f'e{at}, ' for at, _ in enumerate(shape.unique))}= entries")
    for at, rule in enumerate(shape.unique):
        if rule.of_values and all(place in values for place in rule.places):
            parts = ", ".join(values[place] for place in rule.places)
            yield at, parts if len(rule.places) == 1 else f"({parts})", ""
        else:
            source.line(f"k{at} = {source.constant(rule.key)}(row)")
            yield at, f"k{at}", f"k{at} is not None"


class _Source:
    """The source of a function while it is written."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[str, Any] = dict(NAMES)

    def constant(self, thing: object) -> str:
        """The name of a thing that is known when the function is made."""
        name = f"c{len(self._names)}"
        self._names[name] = thing
        return name

    def line(self, text: str) -> None:
        """Write a line."""
        self._lines.append(text)

    def unpack(self, shape: "Shape", given: Sequence[Column[Any]], values: _Values) -> None:
        """Unpack what is given."""
        self.line(f"{''.join(values.get(shape.place[column], '_') + ', ' for column in given)}= given")

    def unless(self, condition: str) -> None:
        """Give up where a condition does not hold."""
        self.line(f"if not ({condition}): return None")

    def function(self, head: str) -> Any:
        """Make the function."""
        exec("\n    ".join((f"def {head}:", *self._lines)), self._names)
        return self._names[head.partition("(")[0]]

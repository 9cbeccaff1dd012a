"""Rows, read a chunk at a time from any iterable, and what is wrong with those that cannot be used."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.many.attributes import attribute_of, check_given
from unitofwork.adapters.session.many.row_errors import in_row
from unitofwork.domain.errors import InvalidRow, MappingError, PersistenceError

CHUNK = 10_000
"""How many rows are in memory at a time, and are sent by one statement."""


def chunks(rows: Iterable[object], entity_type: type) -> Iterator[tuple[list[Any], range]]:
    """Some rows at a time, with their numbers; the first row is 1.

    Raises:
        InvalidRow: what gives the rows is no iterable, or raised.
    """
    start = 1
    try:
        remaining = iter(rows)
    except TypeError as error:
        raise InvalidRow(f"{type(rows).__name__} gives no rows: it is no iterable", entity_type=entity_type) from error
    while chunk := _read(remaining, start, entity_type):
        yield chunk, range(start, start + len(chunk))
        start += len(chunk)


def _read(remaining: Iterator[object], start: int, entity_type: type) -> list[Any]:
    chunk: list[Any] = []
    try:
        chunk.extend(islice(remaining, CHUNK))
    except PersistenceError as error:
        if error.row is None:
            in_row(error, start + len(chunk))
        raise
    except Exception as error:
        text = f"what gives the rows raised {type(error).__name__}, which is the cause"
        raise in_row(InvalidRow(text, entity_type=entity_type), start + len(chunk)) from error
    return chunk


def names_in(row: object, mapper: Mapper[Any]) -> tuple[str, ...]:
    """The attributes that the first row gives, and with it every row.

    Raises:
        InvalidRow: it is no mapping, or one with other keys than names.
    """
    names = tuple(_checked(row, mapper, 1))
    for name in names:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # the caller may be untyped
            text = f"{type(name).__name__} is no attribute's name"
            raise in_row(InvalidRow(text, entity_type=mapper.class_), 1)
    return names


def check_alike(chunk: Sequence[object], rows: Sequence[int], names: Sequence[str], mapper: Mapper[Any]) -> None:
    """Refuse the first row that has not exactly these attributes.

    Raises:
        MappingError: it has one that the mapping does not have, or that cannot be given.
        InvalidRow: it is no mapping, or has too many attributes, or too few.
    """
    for row, number in zip(chunk, rows, strict=True):
        present = _checked(row, mapper, number)
        if set(present) != set(names):
            raise in_row(_unlike(present, names, mapper), number)


def _checked(row: object, mapper: Mapper[Any], number: int) -> Mapping[Any, object]:
    if not isinstance(row, Mapping):
        text = f"{type(row).__name__} is no mapping of attributes' names to values"
        raise in_row(InvalidRow(text, entity_type=mapper.class_), number)
    return row  # pyright: ignore[reportUnknownVariableType]  # of whatever types


def _unlike(row: Mapping[Any, object], names: Sequence[str], mapper: Mapper[Any]) -> PersistenceError:
    entity = mapper.class_.__name__
    for name in row.keys() - set(names):
        try:
            check_given(mapper, attribute_of(mapper, str(name)).name)
        except MappingError as error:
            return error
        return InvalidRow(
            f"{entity}.{name} is given, which the first row does not give: give every row the same attributes",
            entity_type=mapper.class_,
        )
    missing = ", ".join(sorted(f"{entity}.{name}" for name in set(names) - row.keys()))
    return InvalidRow(
        f"{missing} is missing, which the first row gives: give every row the same attributes",
        entity_type=mapper.class_,
    )

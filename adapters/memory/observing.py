"""What a test may see of a database from outside of any unit of work."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.loading import loader_of
from unitofwork.adapters.memory.store import Reader, Store


def committed(store: Store, mapper: Mapper[Any]) -> list[dict[str, object]]:
    """What every committed entity of a mapper has in its columns' attributes, in the order of the rows' making."""
    with store.lock:
        reader = store.begin()
        try:
            return list(_committed(reader, mapper))
        finally:
            reader.rollback()


def _committed(reader: Reader, mapper: Mapper[Any]) -> Iterator[dict[str, object]]:
    loader = loader_of(mapper)
    for record in sorted(loader.records.all(reader), key=lambda record: record[0]):
        own = loader_of(loader.mapper_of(record, reader))
        if own is loader:
            yield loader.values(record, reader)
            continue
        key = tuple(record[loader.records.place[column]] for column in loader.records.key)
        whole = own.records.by_key(reader, key)
        assert whole is not None  # a row of the subclass's tables goes with each record of its kind
        yield own.values(whole, reader)


def too_many(statements: Sequence[str], at_most: int) -> str:
    """Say that there are more statements than there may be, which, and how often each."""
    listed = [f"  {count} × {statement}" for statement, count in Counter(statements).most_common()]
    return "\n".join([f"{len(statements)} statements would have been sent, and at most {at_most} may be:", *listed])

"""Many whole numbers as one parameter, where the database has arrays."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Dialect, TypeDecorator

from unitofwork.adapters.sqlalchemy.engines.utc import Processor


class Numbers(TypeDecorator[Collection[int]]):
    """Whole numbers in an array.

    psycopg writes an array number by number, and looks at each whether it needs quotes: it is given the text, which
    takes a fraction of that. Other drivers are given a list.
    """

    impl = ARRAY(BigInteger)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        """What makes of the numbers what the driver sends."""
        return _text if dialect.driver.startswith("psycopg") else _list


def _text(value: Any) -> str:
    return "{" + ",".join(map(str, value)) + "}"


def _list(value: Any) -> list[int]:
    return list(value)


NUMBERS = Numbers()

"""One sample of every kind of column that the databases share."""

import enum
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    Unicode,
    Uuid,
)
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import registry

from unitofwork import UnitOfWork, entity, map_entity, repository


class Color(enum.Enum):
    """Kept by name; the values are the application's."""

    RED = "#f00"
    GREEN = "#0f0"


@entity
class Sample:
    yes: bool | None = None
    small: int | None = None
    whole: int | None = None
    big: int | None = None
    price: Decimal | None = None
    exact: Decimal | None = None
    ratio: float | None = None
    name: str | None = None
    word: str | None = None
    free: str | None = None
    text: str | None = None
    data: bytes | None = None
    color: Color | None = None
    day: date | None = None
    moment: datetime | None = None
    instant: datetime | None = None
    hour: time | None = None
    span: timedelta | None = None
    key: UUID | None = None
    facts: Any = None
    settings: dict[str, Any] | None = None
    id: int | None = None


class Samples(UnitOfWork):
    samples = repository(Sample)


NewUnit: TypeAlias = Callable[[], Samples]


@cache
def mapping() -> registry:
    """Map the sample, once."""
    made = registry()
    samples = Table(
        "samples",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("yes", Boolean),
        Column("small", SmallInteger),
        Column("whole", Integer),
        Column("big", BigInteger),
        Column("price", Numeric(12, 3)),
        Column("exact", Numeric),
        Column("ratio", Float),
        Column("name", String(20)),
        Column("word", Unicode(20)),
        Column("free", String),
        Column("text", Text),
        Column("data", LargeBinary),
        Column("color", Enum(Color)),
        Column("day", Date),
        Column("moment", DateTime),
        Column("instant", DateTime(timezone=True)),
        Column("hour", Time),
        Column("span", Interval),
        Column("key", Uuid),
        Column("facts", JSON),
        Column("settings", MutableDict.as_mutable(JSON())),
    )
    map_entity(made, Sample, samples)
    return made

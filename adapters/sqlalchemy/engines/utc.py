"""Times with a zone, where the database has none: kept as UTC, and given back with UTC as their zone."""

from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Dialect, types


class Processor(Protocol):
    """Turns a value that is sent, or that comes back, into another; the signature is SQLAlchemy's."""

    def __call__(self, value: Any) -> Any:
        """Turn one value; None stays None."""
        ...


class KeptAsUtc(types.DateTime):
    """Mixed into a database's own type, before it."""

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        plain: Processor | None = super().bind_processor(dialect)
        if not self.timezone:
            return plain

        def process(value: datetime | None) -> Any:
            moment = None if value is None else value.astimezone(UTC)
            return moment if plain is None else plain(moment)

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        plain: Processor | None = super().result_processor(dialect, coltype)
        if not self.timezone:
            return plain

        def process(value: Any) -> datetime | None:
            moment: datetime | None = value if plain is None else plain(value)
            return None if moment is None else moment.replace(tzinfo=UTC)

        return process

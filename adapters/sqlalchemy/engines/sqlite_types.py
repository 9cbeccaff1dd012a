"""Types that SQLite lacks, kept in the way PostgreSQL keeps them."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Dialect, types
from sqlalchemy.dialects.sqlite import DATETIME

if TYPE_CHECKING:
    _Numeric = types.Numeric[Decimal]
else:
    _Numeric = types.Numeric


class ExactNumeric(_Numeric):
    """Decimals rounded half up to their scale; up to 15 digits survive SQLite's floating point unchanged."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Decimal | float | None], float | None]:
        step = None if self.scale is None else Decimal(1).scaleb(-self.scale)

        def process(number: Decimal | float | None) -> float | None:
            if number is None:
                return None
            exact = number if isinstance(number, Decimal) else Decimal(str(number))
            return float(exact if step is None else exact.quantize(step, ROUND_HALF_UP))

        return process

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[float | None], Decimal | float | None] | None:
        if not self.asdecimal:
            return None
        digits = "" if self.scale is None else f".{self.scale}f"

        def process(number: float | None) -> Decimal | None:
            if number is None:
                return None
            return Decimal(format(number, digits)) if digits else Decimal(repr(number))

        return process


class UtcDateTime(DATETIME):
    """With ``timezone=True``: kept as UTC, and given back with UTC as its time zone."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None] | None:
        plain = super().bind_processor(dialect)
        if not self.timezone or plain is None:
            return plain

        def process(moment: datetime | None) -> str | None:
            return plain(None if moment is None else moment.astimezone(UTC))

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], datetime | None] | None:
        plain = super().result_processor(dialect, coltype)
        if not self.timezone or plain is None:
            return plain

        def process(text: str | None) -> datetime | None:
            moment = plain(text)
            return None if moment is None else moment.replace(tzinfo=UTC)

        return process

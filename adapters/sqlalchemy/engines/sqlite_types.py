"""Types that SQLite lacks, kept in the way PostgreSQL keeps them."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Dialect, types
from sqlalchemy.dialects.sqlite import DATETIME

from unitofwork.adapters.sqlalchemy.engines.utc import KeptAsUtc, Processor

if TYPE_CHECKING:
    _Numeric = types.Numeric[Decimal]
else:
    _Numeric = types.Numeric


class ExactNumeric(_Numeric):
    """Decimals rounded half up to their scale; up to 15 digits survive SQLite's floating point unchanged."""

    def bind_processor(self, dialect: Dialect) -> Processor:
        step = None if self.scale is None else Decimal(1).scaleb(-self.scale)

        def process(value: Decimal | float | None) -> float | None:
            if value is None:
                return None
            exact = value if isinstance(value, Decimal) else Decimal(str(value))
            return float(exact if step is None else exact.quantize(step, ROUND_HALF_UP))

        return process

    def result_processor(  # pyright: ignore[reportIncompatibleMethodOverride]  # of an inferred, narrower return type
        self, dialect: Dialect, coltype: object
    ) -> Processor | None:
        if not self.asdecimal:
            return None
        digits = "" if self.scale is None else f".{self.scale}f"

        def process(value: float | None) -> Decimal | None:
            if value is None:
                return None
            return Decimal(format(value, digits) if digits else repr(value))

        return process


class UtcDateTime(KeptAsUtc, DATETIME):
    """With ``timezone=True``: kept as UTC, and given back with UTC as its time zone."""

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        plain = super().bind_processor(dialect)
        return _utc_text if self.timezone and plain is not None and plain(_TRIED) == _utc_text(_TRIED) else plain


_TRIED = datetime(1, 2, 3, 4, 5, 6, 7, UTC)
_text = datetime.isoformat  # and not that of a subclass, which may write what it likes


def _utc_text(value: datetime | None) -> str | None:
    """What the dialect writes too, unless it was given a format of its own; Python takes half the time for it."""
    return None if value is None else _text(value.astimezone(UTC), " ", "microseconds")[: -len("+00:00")]

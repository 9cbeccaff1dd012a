"""A span of OpenTelemetry's for each unit of work."""

from collections.abc import Mapping
from threading import Lock

try:
    from opentelemetry.trace import Span, Status, StatusCode, Tracer, TracerProvider, get_tracer
except ImportError as missing:
    raise ImportError(
        "TraceUnits needs OpenTelemetry, which is not installed: pip install unitofwork[opentelemetry]"
    ) from missing

from unitofwork.domain.observation import Place, Step, StepKind, UnitBegun, UnitOutcome, UnitRecord

_ERRORS = frozenset({UnitOutcome.FAILED, UnitOutcome.UNKNOWN, UnitOutcome.NEVER_CLOSED})

_Value = str | int | float | tuple[str, ...]


class TraceUnits:
    """Makes a span for each unit of work, from its begin to its end, inside the span that is current where it begins.

    The span is named after the unit's class, and has an event for each step, with the statements that were sent in it
    (without values). Attributes are named as OpenTelemetry names them (``db.system.name``, ``db.query.text``,
    ``code.file.path``, ``error.type``), the others begin with ``unitofwork.``. The span has the status ERROR if the
    unit failed, if nobody knows whether it was committed, or if it was never closed. It is not made the current one: a
    unit may go from one thread or task to another. Threads may share an observer.

    Args:
        provider: makes the spans; by default the one that is set for the process.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer: Tracer = get_tracer("unitofwork", tracer_provider=provider)
        self._spans: dict[UnitBegun, Span] = {}
        self._lock = Lock()

    def begun(self, unit: UnitBegun) -> None:
        """Start a span."""
        attributes = {"unitofwork.worker": unit.worker, **_of_place(unit.place)}
        span = self._tracer.start_span(unit.unit, start_time=_nanoseconds(unit, unit.started), attributes=attributes)
        with self._lock:
            self._spans[unit] = span

    def step(self, unit: UnitBegun, step: Step) -> None:
        """Add an event."""
        span = self._spans[unit]
        if step.kind is not StepKind.BEGIN and span.is_recording():
            span.add_event(step.name, _of_step(step), _nanoseconds(unit, step.started))

    def ended(self, record: UnitRecord) -> None:
        """End the span."""
        with self._lock:
            span = self._spans.pop(record.begun)
        if span.is_recording():
            span.set_attributes(_of_record(record))
            if record.outcome in _ERRORS:
                span.set_status(Status(StatusCode.ERROR, record.outcome.value))
        span.end(_nanoseconds(record.begun, record.begun.started + record.seconds))


def _nanoseconds(unit: UnitBegun, clock: float) -> int:
    """A time of the monotonic clock, by the clock on the wall when the unit began."""
    return int(unit.at.timestamp() * 1e9) + int((clock - unit.started) * 1e9)


def _of_place(place: Place | None) -> dict[str, _Value]:
    return {} if place is None else {"code.file.path": place.file, "code.line.number": place.line}


def _of_step(step: Step) -> Mapping[str, _Value]:
    told: dict[str, _Value | None] = {
        "unitofwork.entity": step.entity,
        "unitofwork.attributes": step.attributes or None,
        "unitofwork.count": step.count,
        "unitofwork.seconds": step.seconds,
        "db.query.text": "; ".join(each.sql for each in step.statements) or None,
        "error.type": step.error,
        **_of_place(step.place),
    }
    return {name: value for name, value in told.items() if value is not None}


def _of_record(record: UnitRecord) -> Mapping[str, _Value]:
    told: dict[str, _Value | None] = {
        "unitofwork.outcome": record.outcome.value,
        "unitofwork.statements": record.statements,
        "unitofwork.sql_seconds": record.sql_seconds,
        "unitofwork.waiting_seconds": record.waiting_seconds,
        "unitofwork.left.new": record.left.new,
        "unitofwork.left.changed": record.left.dirty,
        "unitofwork.left.deleted": record.left.deleted,
        "db.system.name": _databases(record),
        "error.type": record.error,
    }
    return {name: value for name, value in told.items() if value is not None}


def _databases(record: UnitRecord) -> str | None:
    """The kinds of databases that were sent something, of which there is nearly always one."""
    return ", ".join(sorted({each.database for step in record.steps for each in step.statements})) or None

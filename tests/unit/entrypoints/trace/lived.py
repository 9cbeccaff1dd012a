"""Lives of units of work, as short as a test wants to have them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from unitofwork.domain.observation import (
    Changes,
    Flushed,
    Place,
    Statement,
    Step,
    StepKind,
    UnitBegun,
    UnitOutcome,
    UnitRecord,
)

BEGUN_AT = Place("/shop/service.py", 41)


def sent(sql: str = "SELECT users.id FROM users", *, started: float = 0.0, seconds: float = 0.001) -> Statement:
    return Statement(sql, "sqlite", started, seconds)


def step(
    kind: StepKind,
    name: str | None = None,
    *,
    started: float = 0.0,
    seconds: float = 0.001,
    entity: str | None = "User",
    attributes: tuple[str, ...] = (),
    count: int | None = None,
    line: int = 42,
    statements: Sequence[Statement] | None = None,
    flushed: tuple[Flushed, ...] = (),
    error: str | None = None,
) -> Step:
    sql = (sent(started=started, seconds=seconds),) if statements is None else tuple(statements)
    place = Place("/shop/service.py", line)
    return Step(kind, name or kind.value, started, seconds, entity, attributes, count, place, sql, flushed, error)


def found(count: int, *, line: int = 42, entity: str = "User") -> Step:
    return step(StepKind.QUESTION, "find", count=count, line=line, entity=entity)


def got(*, line: int = 42, entity: str = "User") -> Step:
    return step(StepKind.QUESTION, "get", count=1, line=line, entity=entity)


def loaded(attribute: str = "addresses", *, line: int = 43, entity: str = "User") -> Step:
    return step(StepKind.LOAD, "load", attributes=(attribute,), line=line, entity=entity)


def flushed(number: int, *, line: int = 44) -> Step:
    return step(StepKind.FLUSH, entity=None, line=line, flushed=(Flushed("User", Changes(new=number)),))


def committed(*, started: float = 0.0, seconds: float = 0.001) -> Step:
    return step(StepKind.COMMIT, entity=None, started=started, seconds=seconds)


def lived(
    *steps: Step,
    outcome: UnitOutcome = UnitOutcome.COMMITTED,
    unit: str = "Accounts",
    worker: str = "MainThread",
    started: float = 0.0,
    seconds: float = 0.1,
    left: Changes | None = None,
    error: str | None = None,
    further_steps: int = 0,
    unlisted: float = 0.0,
) -> UnitRecord:
    """A life of these steps; ``unlisted`` is how long it was in SQL beyond what they say."""
    in_sql = sum(statement.seconds for each in steps for statement in each.statements)
    return UnitRecord(
        UnitBegun(unit, BEGUN_AT, worker, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), started),
        outcome,
        seconds,
        steps,
        left or Changes(),
        error,
        further_steps,
        sum(len(each.statements) for each in steps),
        in_sql + unlisted,
        sum(each.seconds for each in steps) + unlisted,
    )

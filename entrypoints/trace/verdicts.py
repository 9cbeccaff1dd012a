"""What is to be said of a unit of work that was traced: each rule is a pure function of its record.

| rule | says so when |
|---|---|
| never committed | changes were left, with neither commit nor rollback |
| outcome unknown | the connection was lost in the middle of COMMIT |
| never closed | the unit was dropped open, or was open when the page was made |
| failed | an error ended the unit |
| held long | a transaction was open for `LONG_HELD` seconds, and in no operation for `LEAST_IDLE_SHARE` of them |
| lazy loads | `MANY_LOADS` entities that one question can have found were asked about one at a time, at one place |
| one at a time | `MANY_GETS` entities of a type were got one at a time, at one place |
| many flushes | `MANY_FLUSHES` entities were flushed one at a time, at one place |
| slow statement | a statement took `SLOW_STATEMENT` seconds |
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from itertools import takewhile

import attrs

from unitofwork.domain.observation import Place, Statement, Step, StepKind, UnitOutcome, UnitRecord

LONG_HELD = 1.0
"""Seconds for which a transaction may be open with little to do: others wait for its locks and its connection."""

LEAST_IDLE_SHARE = 0.5
"""The part of that time in which nothing is asked of the unit; else it is the work itself that takes long."""

MANY_LOADS = 3
"""Lazy loads at one place beyond those of entities that were found singly: a loop over what a question found."""

MANY_GETS = 10
"""Questions for one entity each at one place."""

MANY_FLUSHES = 10
"""Explicit flushes of one entity each at one place."""

SLOW_STATEMENT = 1.0
"""Seconds that a statement may take."""


class Severity(IntEnum):
    """How bad it is; the worst is the greatest."""

    SLOW = 1
    FAILED = 2
    LOST = 3
    """Changes, or a connection, or knowledge of what was kept."""


@attrs.frozen
class Verdict:
    """What is to be said of one unit.

    Attributes:
        severity: how bad it is.
        subject: what makes two verdicts the same one, but for their numbers.
        weight: which of those is worst.
        text: the finding.
        cure: what to do about it.
        place: where in the application.
    """

    severity: Severity
    subject: str
    text: str
    cure: str
    place: Place | None = None
    weight: float = 1.0

    def __str__(self) -> str:
        return self.text if self.place is None else f"{self.text} ({self.place})"


def verdicts_of(record: UnitRecord) -> tuple[Verdict, ...]:
    """All that is to be said of a unit, the worst first."""
    found = [verdict for rule in RULES for verdict in rule(record)]
    return tuple(sorted(found, key=lambda verdict: (-verdict.severity, -verdict.weight)))


# How it ended


def never_committed(record: UnitRecord) -> Iterator[Verdict]:
    """Changes were left, with neither commit nor rollback."""
    if record.outcome is UnitOutcome.LEFT:
        text = f"{_counted(record.left.total, 'entity')} changed, never committed"
        cure = "commit() keeps what was changed; rollback() says that it is to be undone"
        yield Verdict(Severity.LOST, "never committed", text, cure, record.begun.place, record.left.total)


def outcome_unknown(record: UnitRecord) -> Iterator[Verdict]:
    """The connection was lost in the middle of COMMIT."""
    if record.outcome is UnitOutcome.UNKNOWN:
        text = "the connection was lost during COMMIT: kept or not, nobody knows"
        cure = "look whether it was kept before it is done again: database.outcome(error) on PostgreSQL, or an inbox"
        yield Verdict(Severity.LOST, "outcome unknown", text, cure, _failing(record) or record.begun.place)


def never_closed(record: UnitRecord) -> Iterator[Verdict]:
    """The unit was dropped open, or is open still."""
    words = _OPEN.get(record.outcome)
    if words is not None:
        cure = "a with block closes it, and so does close(): until then its connection is taken"
        text = f"{words}, begun at {record.begun.place}"
        yield Verdict(Severity.LOST, text, text, cure)


_OPEN = {
    UnitOutcome.NEVER_CLOSED: "never closed",
    UnitOutcome.OPEN: "not closed when this page was made",
}


def failed(record: UnitRecord) -> Iterator[Verdict]:
    """An error ended the unit."""
    if record.outcome is UnitOutcome.FAILED:
        lost = f": {_counted(record.left.total, 'change')} undone" if record.left else ""
        step = next((step.name for step in reversed(record.steps) if step.error == record.error), None)
        where = "" if step is None else f" in {step}"
        text = f"failed with {record.error}{where}{lost}"
        cure = "nothing of what was not committed was kept"
        subject, place = f"failed with {record.error}", _failing(record) or record.begun.place
        yield Verdict(Severity.FAILED, subject, text, cure, place)


def _failing(record: UnitRecord) -> Place | None:
    return next((step.place for step in reversed(record.steps) if step.error is not None), None)


# What took long


def held_long(record: UnitRecord) -> Iterator[Verdict]:
    """A transaction was open for long, and for much of that time its unit did nothing."""
    longest = max(transactions(record), key=lambda each: each.idle, default=None)
    if longest is not None and longest.seconds >= LONG_HELD and longest.idle >= LEAST_IDLE_SHARE * longest.seconds:
        text = f"open {longest.seconds:.1f} s, {longest.outside_sql:.1f} s outside SQL"
        cure = "compute, wait and call others before begin, or after commit: meanwhile connection and locks are taken"
        yield Verdict(Severity.SLOW, "held long", text, cure, record.begun.place, longest.idle)


@attrs.frozen
class Held:
    """A transaction: for how long it was open, for how long of that no SQL ran, and no operation of its unit."""

    seconds: float
    outside_sql: float
    idle: float


def transactions(record: UnitRecord) -> Iterator[Held]:
    """Those of a unit: each is open from its first statement until the step that ended it is over.

    What the record counts and does not list may have been in any of them: it is taken off each, so that none is blamed
    for what it may have done.
    """
    unlisted_sql = max(0.0, record.sql_seconds - sum(each.seconds for step in record.steps for each in step.statements))
    unlisted = max(0.0, record.busy_seconds - sum(step.seconds for step in record.steps))
    opened: float | None = None
    in_sql = busy = 0.0

    def held(until: float) -> Held:
        seconds = until - (opened or 0.0)
        outside = max(0.0, seconds - in_sql - unlisted_sql)
        return Held(seconds, outside, max(0.0, seconds - busy - unlisted))

    for step in record.steps:
        if opened is None and step.statements:
            opened = step.statements[0].started
            in_sql, busy = 0.0, step.started - opened  # less than nothing: what the step did before that
        in_sql += sum(statement.seconds for statement in step.statements)
        busy += step.seconds
        if step.kind in _ENDS and opened is not None:
            yield held(step.started + step.seconds)
            opened = None
    if opened is not None:
        yield held(record.begun.started + record.seconds)


_ENDS = frozenset({StepKind.COMMIT, StepKind.ROLLBACK, StepKind.CLOSE})


def slow_statement(record: UnitRecord) -> Iterator[Verdict]:
    """A statement took long."""
    for step in record.steps:
        for statement in step.statements:
            if statement.seconds >= SLOW_STATEMENT:
                text = f"one statement took {statement.seconds:.1f} s"
                cure = "an index may be missing, or it waited for somebody else's lock"
                yield Verdict(Severity.SLOW, f"slow {step.name}", text, cure, step.place, statement.seconds)


# What was asked too often


def lazy_loads(record: UnitRecord) -> Iterator[Verdict]:
    """Entities that a question found were asked about one at a time, at one place.

    An entity that was found singly may be asked about singly: as many loads as there were such questions are no loop.
    """
    for (entity, attributes, place), loads in _alike(record, _is_lazy_load).items():
        asked = [step for step in _until(record.steps, loads[-1]) if step.entity == entity]
        singly = sum(map(_found_one, asked))
        if len(loads) - singly >= MANY_LOADS:
            question = next(filter(_found_many, reversed(asked)), None)
            yield _lazily(entity, attributes, place, len(loads), question)


def _until(steps: tuple[Step, ...], last: Step) -> Iterator[Step]:
    """The steps before this one."""
    return takewhile(lambda step: step is not last, steps)


def _lazily(
    entity: str, attributes: tuple[str, ...], place: Place | None, loads: int, question: Step | None
) -> Verdict:
    subject = f"load {entity}.{','.join(attributes)}"
    if len(attributes) > 1:
        text = f"{loads} statements where 1 would do: {entity} was loaded afresh one at a time"
        cure = "what a commit or a rollback expired is found again by one question"
        return Verdict(Severity.SLOW, subject, text, cure, place, loads)
    (name,) = attributes or ("",)
    if question is None:
        text = f"{loads} statements where 1 would do: {entity}.{name} was loaded one at a time"
        cure = f"give load= with the path to {name!r} to the question that found them all"
        return Verdict(Severity.SLOW, subject, text, cure, place, loads)
    text = f"{loads + 1} statements where 2 would do: load={name!r}"
    where = "" if question.place is None else f" at {question.place}"
    cure = f"the {question.name} of {entity}{where} can load {name} for all that it finds"
    return Verdict(Severity.SLOW, subject, text, cure, place, loads)


def one_at_a_time(record: UnitRecord) -> Iterator[Verdict]:
    """Entities of a type were got one at a time, at one place."""
    for (entity, _, place), gets in _alike(record, _is_single_question).items():
        if len(gets) >= MANY_GETS:
            text = f"{len(gets)} statements where 1 would do: {entity} was asked for one at a time"
            cure = f"find(where(...).in_(...)) finds them all, {entity} by {entity}"
            yield Verdict(Severity.SLOW, f"single {entity}", text, cure, place, len(gets))


def many_flushes(record: UnitRecord) -> Iterator[Verdict]:
    """Entities were flushed one at a time, at one place."""
    for (_, _, place), flushes in _alike(record, _is_single_flush).items():
        if len(flushes) >= MANY_FLUSHES:
            text = f"{len(flushes)} flushes where 1 would do: each sent one entity"
            cure = "flush after the loop: many rows of a kind are sent together"
            yield Verdict(Severity.SLOW, "flushes", text, cure, place, len(flushes))


_Alike = tuple[str, tuple[str, ...], Place | None]


def _alike(record: UnitRecord, wanted: Callable[[Step], bool]) -> dict[_Alike, list[Step]]:
    """The steps that are wanted, by what they were about, and where in the application."""
    found: defaultdict[_Alike, list[Step]] = defaultdict(list)
    for step in record.steps:
        if wanted(step):
            found[step.entity or "", step.attributes, step.place].append(step)
    return found


def _is_lazy_load(step: Step) -> bool:
    return step.kind is StepKind.LOAD and step.entity is not None and any(_asking(step))


def _is_single_question(step: Step) -> bool:
    return _found_one(step) and any(_asking(step)) and step.name != "refresh"


def _found_one(step: Step) -> bool:
    return step.kind is StepKind.QUESTION and step.count == 1


def _found_many(step: Step) -> bool:
    return step.kind is StepKind.QUESTION and step.count is not None and step.count > 1


def _is_single_flush(step: Step) -> bool:
    return step.kind is StepKind.FLUSH and sum(each.changes.total for each in step.flushed) == 1


def _asking(step: Step) -> Iterator[Statement]:
    return (statement for statement in step.statements if not statement.controls)


def _counted(number: int, what: str) -> str:
    if number == 1:
        return f"1 {what}"
    return f"{number:,} {what.removesuffix('y')}ies" if what.endswith("y") else f"{number:,} {what}s"


RULES: tuple[Callable[[UnitRecord], Iterable[Verdict]], ...] = (
    never_committed,
    outcome_unknown,
    never_closed,
    failed,
    held_long,
    lazy_loads,
    one_at_a_time,
    many_flushes,
    slow_statement,
)
"""All of them."""

"""One unit's life: a line that can be opened, with its steps along the time, and each step with its SQL."""

import re
from collections.abc import Iterator
from itertools import groupby, islice

import attrs

from unitofwork.domain.life_line import life_line, outcome_words
from unitofwork.domain.observation import Flushed, Place, Statement, Step, StepKind
from unitofwork.entrypoints.trace.html import Html, element, together
from unitofwork.entrypoints.trace.keeping import TracedUnit
from unitofwork.entrypoints.trace.looks import LOOKS, OUTCOMES, STEPS, mark
from unitofwork.entrypoints.trace.verdicts import Verdict
from unitofwork.entrypoints.trace.words import counted, duration, percent

MOST_ROWS = 150
"""How many steps of a unit are shown, those that are alike and follow each other counted once."""

MOST_MARKS = 400
"""How many are drawn along the time."""

MOST_STATEMENTS = 20
"""How many different statements of one row are shown."""


@attrs.frozen
class Row:
    """Steps that are alike and follow each other.

    Attributes:
        number: from 1, in the unit.
        steps: one or more.
    """

    number: int
    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        """The first of them."""
        return self.steps[0]


def life_of(unit: TracedUnit, *, with_steps: bool) -> Html:
    """The unit as a line that can be opened."""
    record, look = unit.record, OUTCOMES[unit.record.outcome]
    place, number = record.begun.place, unit.number
    summary = element(
        "summary",
        mark(look),
        element("span", f"{number}", class_="number"),
        element("b", element("bdi", record.begun.unit)),
        _place(place),
        element("span", element("bdi", life_line(record)), class_="life"),
        element("span", counted(record.statements, "statement"), class_="statements"),
        element("span", duration(record.seconds), class_="seconds"),
    )
    return element(
        "details",
        summary,
        element("div", *_opened(unit, with_steps), id_=f"u{number}", class_="opened"),
        class_=f"unit {look.name}",
    )


def _opened(unit: TracedUnit, with_steps: bool) -> Iterator[Html | None]:
    record = unit.record
    facts = [
        outcome_words(record),
        f"{duration(record.sql_seconds)} in SQL",
        f"{duration(record.waiting_seconds)} between operations",
        record.begun.worker,
        f"{record.begun.at.astimezone():%H:%M:%S.%f}"[:-3],
        unit.within,
    ]
    yield element("p", element("bdi", " · ".join(filter(None, facts))), class_="facts")
    yield element("ul", *map(_verdict, unit.verdicts), class_="said") if unit.verdicts else None
    if not with_steps:
        yield element("p", "Its steps are left out: the page is as long as it may be.", class_="note")
        return
    rows = list(_rows(record.steps))
    yield _strip(unit, rows)
    yield element("ol", *(_row(unit, row) for row in rows[:MOST_ROWS]), class_="steps")
    further = record.further_steps + sum(len(row.steps) for row in rows[MOST_ROWS:])
    yield element("p", f"{counted(further, 'further step')} are not shown.", class_="note") if further else None


def _verdict(verdict: Verdict) -> Html:
    look = LOOKS[verdict.severity]
    return element("li", mark(look), element("b", str(verdict)), element("span", verdict.cure), class_=look.name)


def _rows(steps: tuple[Step, ...]) -> Iterator[Row]:
    for number, (_, alike) in enumerate(groupby(steps, key=_kind), start=1):
        yield Row(number, tuple(alike))


def _kind(step: Step) -> tuple[object, ...]:
    return step.kind, step.name, step.entity, step.attributes, step.place, step.error


# Along the time


def _strip(unit: TracedUnit, rows: list[Row]) -> Html:
    marks = (_mark(unit, row, step) for row in rows[:MOST_ROWS] for step in row.steps)
    seconds = unit.record.seconds
    ends = element(
        "p", element("span", "0"), element("span", duration(seconds / 2)), element("span", duration(seconds))
    )
    return element("div", element("div", *islice(marks, MOST_MARKS), class_="marks"), ends, class_="strip")


def _mark(unit: TracedUnit, row: Row, step: Step) -> Html:
    begun, whole = unit.record.begun.started, unit.record.seconds or 1.0
    left, width = (step.started - begun) / whole, step.seconds / whole
    look = STEPS[step.kind]
    lines = (_words(step), duration(step.seconds), *(statement.sql for statement in step.statements[:3]))
    return element(
        "a",
        element("span", look.sign),
        class_=look.name if step.error is None else "failed",
        href=f"#u{unit.number}s{row.number}",
        style=f"left:{percent(min(left, 1.0))};width:{percent(width)}",
        title="\n".join(lines),
    )


# Step by step


def _row(unit: TracedUnit, row: Row) -> Html:
    step, look = row.first, STEPS[row.first.kind]
    started = step.started - unit.record.begun.started
    name = f"{look.name} failing" if step.error is not None else look.name
    sent = [statement for each in row.steps for statement in each.statements]
    seconds = sum(each.seconds for each in row.steps)
    asking = sum(not statement.controls for statement in sent)
    line = (
        element("span", f"+{duration(started)}" if started > 0 else "", class_="at"),
        mark(look),
        element("span", element("b", element("bdi", step.name)), *_about(row), class_="what"),
        _place(step.place),
        element("span", counted(asking, "statement") if asking else None, class_="statements"),
        element("span", duration(seconds) if seconds > 0 else None, class_="seconds"),
    )
    identity = f"u{unit.number}s{row.number}"
    if not sent:
        return element("li", element("div", *line, class_="line"), class_=name, id_=identity)
    opened = element("details", element("summary", *line, class_="line"), _sql(sent, identity))
    return element("li", opened, class_=name)


def _about(row: Row) -> Iterator[Html | str]:
    step = row.first
    if step.entity is not None:
        yield " "
        yield element("bdi", ".".join((step.entity, *([", ".join(step.attributes[:6])] if step.attributes else ()))))
    if len(row.steps) > 1:
        yield element("span", f"×{len(row.steps):,}", class_="times")
    counts = [each.count for each in row.steps if each.count is not None]
    if counts and step.kind in _COUNTED:
        yield element("span", f"{_COUNTED[step.kind]} {sum(counts):,}", class_="count")
    if flushed := "; ".join(map(_flushed, (flushed for each in row.steps[:5] for flushed in each.flushed))):
        yield element("span", element("bdi", flushed), class_="count")
    if step.error is not None:
        yield element("span", element("bdi", step.error), class_="error")


_COUNTED = {StepKind.QUESTION: "found", StepKind.WRITE: "rows:"}


def _flushed(flushed: Flushed) -> str:
    return f"{flushed.entity}: {flushed.changes}"


def _words(step: Step) -> str:
    about = "" if step.entity is None else f" {'.'.join((step.entity, *step.attributes[:1]))}"
    return f"{step.name}{about}{'' if step.error is None else f' failed with {step.error}'}"


def _place(place: Place | None) -> Html:
    return element("code", None if place is None else element("bdi", str(place)), class_="place")


# SQL


def _sql(sent: list[Statement], identity: str) -> Html:
    alike: dict[tuple[str, str | None], list[Statement]] = {}
    for statement in sent:
        alike.setdefault((statement.sql, statement.error), []).append(statement)
    shown = [_statement(each) for each in islice(alike.values(), MOST_STATEMENTS)]
    further = len(alike) - len(shown)
    note = element("li", f"{counted(further, 'other')} are not shown.", class_="note") if further > 0 else None
    return element("ol", *shown, note, class_="sql", id_=identity)


def _statement(alike: list[Statement]) -> Html:
    first = alike[0]
    rows = [statement.rows for statement in alike if statement.rows is not None]
    facts = [
        f"×{len(alike):,}" if len(alike) > 1 else "",
        first.database,
        duration(sum(statement.seconds for statement in alike)),
        counted(sum(rows), "row") if rows else "",
        first.error or "",
    ]
    name = "failing" if first.error is not None else None
    return element(
        "li", element("pre", _coloured(first.sql)), element("span", " · ".join(filter(None, facts))), class_=name
    )


_WORDS = (
    "SELECT|FROM|WHERE|AND|OR|NOT|IN|IS|NULL|AS|ON|JOIN|LEFT|RIGHT|INNER|OUTER|ORDER|GROUP|BY|HAVING|LIMIT|OFFSET|INSERT|INTO"
    "|VALUES|UPDATE|SET|DELETE|RETURNING|BEGIN|START|TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|TO|WITH|UNION|ALL|FOR"
    "|EXISTS|BETWEEN|LIKE|ASC|DESC|CASE|WHEN|THEN|ELSE|END|DISTINCT|CONFLICT|DO|NOTHING|DUPLICATE|KEY|LOCK|SHARE|IMMEDIATE"
)
_KEYWORD = re.compile(rf"\b(?:{_WORDS})\b")


def _coloured(sql: str) -> Html:
    """The text, with its keywords set apart."""
    pieces: list[Html | str] = []
    last = 0
    for found in _KEYWORD.finditer(sql):
        pieces += [sql[last : found.start()], element("b", found[0])]
        last = found.end()
    return together(*pieces, sql[last:])

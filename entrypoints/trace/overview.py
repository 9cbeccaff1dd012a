"""The time line of all units: a bar for each, in lanes."""

from collections.abc import Iterator, Sequence
from itertools import islice

from unitofwork.domain.life_line import life_line, outcome_words
from unitofwork.domain.observation import UnitOutcome, UnitRecord
from unitofwork.entrypoints.trace.html import Html, element
from unitofwork.entrypoints.trace.keeping import TracedUnit
from unitofwork.entrypoints.trace.lanes import Lane, lanes_of
from unitofwork.entrypoints.trace.looks import OUTCOMES
from unitofwork.entrypoints.trace.scale import Scale, scale_of
from unitofwork.entrypoints.trace.words import counted, duration, moment, percent

NARROWEST = 0.005
"""A bar is drawn as wide as this, at the least, so that it can be seen and hit."""

MOST_PARTS = 40
"""How many statements of a unit its bar shows."""

_ZOOMS = (1, 4, 16)


def overview(units: Sequence[TracedUnit]) -> Html:
    """The section; nothing where there are no units."""
    if not units:
        return Html("")
    scale = scale_of(_span(unit.record) for unit in units)

    def drawn(unit: TracedUnit) -> tuple[float, float]:
        start, end = _span(unit.record)
        return scale.at(start), max(scale.at(end), scale.at(start) + NARROWEST)

    lanes = lanes_of(units, drawn)
    return element(
        "section",
        element("h2", "Time line"),
        element("fieldset", element("legend", "zoom"), *_zooms(), class_="zoom"),
        element(
            "div",
            element("div", *map(_name, lanes), class_="names"),
            element("div", element("div", *_axis(scale), *(_lane(lane, scale) for lane in lanes)), class_="canvas"),
            class_="chart",
        ),
        element("ul", *_legend(), class_="legend"),
        class_="timeline",
    )


def _span(record: UnitRecord) -> tuple[float, float]:
    return record.begun.started, record.begun.started + record.seconds


def _zooms() -> Iterator[Html]:
    for zoom in _ZOOMS:
        chosen = zoom == _ZOOMS[0]
        button = element("input", type_="radio", name_="zoom", id_=f"zoom{zoom}", checked=chosen)
        yield element("label", button, element("span", f"{zoom}×"))


def _name(lane: Lane) -> Html:
    return element("div", element("bdi", lane.name), class_="name", title=lane.name, style=_rows(lane))


def _rows(lane: Lane) -> str:
    return f"--rows:{len(lane.rows)}"


def _axis(scale: Scale) -> Iterator[Html]:
    yield element("div", *_ticks(scale), class_="axis", aria_hidden="true")
    for cut in scale.cuts:
        where = f"left:{percent(cut.left)};width:{percent(cut.width)}"
        says = f"{duration(cut.end - cut.start)} without a unit"
        yield element("div", class_="cut", style=where, title=says)


def _ticks(scale: Scale) -> Iterator[Html]:
    for seconds, left in scale.ticks(about=8, apart=0.08):
        yield element("span", moment(seconds), style=f"left:{percent(left)}")


def _lane(lane: Lane, scale: Scale) -> Html:
    bars = (_bar(unit, row, scale) for row, units in enumerate(lane.rows) for unit in units)
    return element("div", *bars, class_="lane", style=_rows(lane))


def _bar(unit: TracedUnit, row: int, scale: Scale) -> Html:
    record = unit.record
    start, end = map(scale.at, _span(record))
    look = OUTCOMES[record.outcome]
    return element(
        "a",
        *_parts(record),
        element("span", look.sign, " ", record.begun.unit),
        element("b", "!", class_=f"flag worst{unit.verdicts[0].severity.value}") if unit.verdicts else None,
        class_=f"bar {look.name}",
        href=f"#u{unit.number}",
        style=f"left:{percent(start)};width:{percent(end - start)};--row:{row}",
        title=said_of(unit),
    )


def _parts(record: UnitRecord) -> Iterator[Html]:
    """When SQL ran."""
    statements = (statement for step in record.steps for statement in step.statements)
    for statement in islice(statements, MOST_PARTS):
        left = (statement.started - record.begun.started) / (record.seconds or 1.0)
        width = statement.seconds / (record.seconds or 1.0)
        yield element("i", style=f"left:{percent(left)};width:{percent(width)}")


def said_of(unit: TracedUnit) -> str:
    """A unit in a few lines."""
    record = unit.record
    counts = counted(record.statements, "statement"), f"{duration(record.sql_seconds)} in SQL"
    lines = (
        f"{unit.number}. {record.begun.unit}, begun at {record.begun.place}",
        f"{duration(record.seconds)}: {outcome_words(record)}",
        ", ".join(counts),
        *(f"! {verdict.text}" for verdict in unit.verdicts),
        _shortened(life_line(record)),
    )
    return "\n".join(lines)


def _shortened(words: str) -> str:
    return words if len(words) <= 160 else f"{words[:159]}…"


def _legend() -> Iterator[Html]:
    shown = (UnitOutcome.COMMITTED, UnitOutcome.READ, UnitOutcome.ROLLED_BACK, UnitOutcome.FAILED, UnitOutcome.LEFT)
    for outcome in shown:
        look = OUTCOMES[outcome]
        yield element("li", element("span", look.sign, class_=f"sample {look.name}"), outcome.value)
    yield element("li", element("span", element("i"), class_="sample read"), "SQL runs")
    yield element("li", element("span", class_="sample cut"), "a pause, cut short")

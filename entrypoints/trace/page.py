"""The page: what was found, the time line of all units, and each unit's life. All of it is pure; nothing is read."""

from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import count

from unitofwork.domain.observation import UnitOutcome
from unitofwork.entrypoints.trace.findings import EXAMPLES, Finding
from unitofwork.entrypoints.trace.html import Html, element, together
from unitofwork.entrypoints.trace.keeping import Traced, TracedUnit
from unitofwork.entrypoints.trace.lives import life_of
from unitofwork.entrypoints.trace.looks import LOOKS, OUTCOMES, mark
from unitofwork.entrypoints.trace.overview import overview
from unitofwork.entrypoints.trace.words import counted, duration

MOST_CHARACTERS = 3_000_000
"""Of the lives of units; where there are more, units that nothing is to be said of are shown without their steps."""


def page_of(traced: Traced) -> Html:
    """The whole page."""
    body = element(
        "main",
        _head(traced),
        _findings(traced),
        overview(traced.units),
        _lives(traced),
        element("footer", "Names, places and SQL without values. Nothing is loaded from anywhere."),
    )
    script, style = _part("page.js"), _part("page.css")
    title = f"{traced.title} · unitofwork trace"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name_="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(style)),
    )
    whole = element("html", head, element("body", body, element("script", Html(script))), lang="en")
    return together(Html("<!doctype html>\n"), whole, Html("\n"))


def _policy(script: str) -> str:
    """The page may load nothing, and run nothing but its own script."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"


@cache
def _part(name: str) -> str:
    return files("unitofwork.entrypoints.trace").joinpath(name).read_text(encoding="utf-8").strip()


def _head(traced: Traced) -> Html:
    at = None if traced.at is None else f"{traced.at.astimezone():%d %B %Y, %H:%M:%S}"
    told = (
        counted(traced.total, "unit of work", "units of work"),
        counted(traced.statements, "statement"),
        f"{duration(traced.sql_seconds)} in SQL",
    )
    return element(
        "header",
        element("p", "unitofwork trace", class_="brand"),
        element("h1", traced.title),
        element("p", " · ".join(told if at is None else (*told, at)), class_="facts"),
        element("ul", *_outcomes(traced), class_="outcomes"),
    )


def _outcomes(traced: Traced) -> Iterator[Html]:
    for outcome in UnitOutcome:
        if number := traced.outcomes[outcome]:
            look = OUTCOMES[outcome]
            yield element(
                "li", mark(look), element("b", f"{number:,}"), f" {outcome.value}", class_=look.name, title=look.says
            )


def _findings(traced: Traced) -> Html:
    if not traced.findings:
        nothing = "Nothing to object to." if traced.total else "No unit of work began in this process."
        return element("section", element("p", nothing, class_="nothing"), class_="verdicts")
    shown = {unit.number for unit in traced.units}
    verdicts = (_finding(finding, shown) for finding in traced.findings)
    return element("section", element("h2", "Verdicts"), element("ol", *verdicts), class_="verdicts")


def _finding(finding: Finding, shown: set[int]) -> Html:
    verdict = finding.verdict
    look = LOOKS[verdict.severity]
    examples = [number for number in finding.examples if number in shown]
    links = [element("a", f"unit {number}", href=f"#u{number}") for number in examples]
    further = finding.units - len(examples)
    return element(
        "li",
        mark(look),
        element(
            "div",
            element("strong", verdict.text),
            None if verdict.place is None else element("code", str(verdict.place), class_="place"),
            element("p", verdict.cure),
        ),
        element("p", *_spaced(links), f" and {further:,} more" if further else None, class_="where"),
        class_=look.name,
    )


def _spaced(pieces: list[Html]) -> Iterator[Html | str]:
    for place, piece in enumerate(pieces):
        if place:
            yield ", "
        yield piece


def _lives(traced: Traced) -> Html:
    if not traced.units:
        return Html("")
    return element(
        "section",
        element("h2", "Units of work"),
        _left_out(traced),
        *(life for _, life in sorted(_within_bounds(traced.units))),
        class_="units",
    )


def _left_out(traced: Traced) -> Html | None:
    if traced.total == len(traced.units):
        return None
    words = (
        f"{counted(traced.total - len(traced.units), 'unit')} of {traced.total:,} are counted above and judged, and"
        f" not shown below: the page shows the first {len(traced.units):,} of them, with {EXAMPLES} examples of each"
        " verdict."
    )
    return element("p", words, class_="note")


def _within_bounds(units: tuple[TracedUnit, ...]) -> Iterator[tuple[int, Html]]:
    """Each unit's life, with its place; those that something is to be said of have their steps first."""
    room = MOST_CHARACTERS
    order = count()
    placed = [(next(order), unit) for unit in units]
    for place, unit in sorted(placed, key=lambda each: not each[1].verdicts):
        life = life_of(unit, with_steps=room > 0)
        room -= len(life.text)
        yield place, life

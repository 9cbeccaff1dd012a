"""Which row of the contract each test proves, and the table of rows and adapters that ends a run.

A test, its class or its module names its rows: ``pytest.mark.row("Q3")``; the nearest mark counts. A contract test
without a row is refused at collection.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest

INTERRUPT = pytest.param(KeyboardInterrupt, marks=pytest.mark.needs("interrupts"))
"""Among a test's errors, for the adapters that an interrupt does not end."""

ROWS = {
    "L1": "begin",
    "L2": "close",
    "L3": "with block",
    "L4": "after commit",
    "L5": "attributes after commit",
    "L6": "flush",
    "L7": "failed flush",
    "L8": "rollback",
    "L9": "dropped unclosed",
    "L10": "savepoints",
    "L11": "callbacks",
    "L12": "one at a time",
    "L13": "outer transaction",
    "L14": "dispose",
    "E1": "states",
    "E2": "identity",
    "E3": "adding",
    "E4": "what changed",
    "E5": "autoflush",
    "E6": "what is written",
    "E7": "deleting",
    "E8": "rich mappings",
    "E9": "loading",
    "E10": "upsert",
    "E11": "refresh, expire, expunge",
    "E12": "versions",
    "E13": "unmapped fields",
    "E14": "failed constructors",
    "Q1": "conditions",
    "Q2": "order and limits",
    "Q3": "pages",
    "Q4": "streams",
    "Q5": "locks",
    "Q6": "find one",
    "B1": "many rows",
    "B2": "many rows, held entities",
    "B3": "many rows, all or nothing",
    "B4": "many rows, in chunks",
    "I1": "isolation",
    "I2": "lost updates",
    "I3": "no blocking in memory",
    "V1": "events",
    "V2": "outbox",
    "V3": "inbox",
    "V4": "relay",
    "O": "observation",
    "M": "mapping checks",
}
"""The rows of the contract, in its order."""

LACKS = "is not capable of"
"""What a test that an adapter cannot do is skipped with."""

_MARKERS = (
    "needs(*capabilities): skip the test where the adapter lacks one of these",
    "row(*rows): the rows of the contract that the test proves",
)
_FOLDER = Path(__file__).parent
_ROWS, _ADAPTER = "contract rows", "contract adapter"


@attrs.frozen
class Result:
    """What became of one test, for one of its rows: "passed", "failed", "error", "skipped" or "not capable"."""

    row: str
    adapter: str
    outcome: str


def table(results: Sequence[Result]) -> Iterator[str]:
    """Lines of a table: what became of the tests of each row on each adapter; a bare number is of those that passed."""
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for result in results:
        counts[result.row, result.adapter][result.outcome] += 1
    adapters = sorted({result.adapter for result in results})
    rows = [row for row in ROWS if any((row, adapter) in counts for adapter in adapters)]
    lines = [["row", "promise", *adapters]]
    lines += [[row, ROWS[row], *(_cell(counts[row, adapter]) for adapter in adapters)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cell(counts: Counter[str]) -> str:
    others = [f"{count} {outcome}" for outcome, count in sorted(counts.items()) if outcome != "passed"]
    if set(counts) == {"not capable"}:
        return "not capable"
    return ", ".join([str(counts["passed"]), *others]) if counts else "–"


def rows_of(item: pytest.Item) -> list[str]:
    """The rows that a test names, or else its class, or else its module."""
    marks = list(item.iter_markers_with_node("row"))
    return [row for node, mark in marks if node is marks[0][0] for row in mark.args]


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    contract = {item: rows_of(item) for item in items if item.path.is_relative_to(_FOLDER)}
    wrong = {item.path.name for item, rows in contract.items() if not rows or not ROWS.keys() >= set(rows)}
    if wrong:
        raise pytest.UsageError(
            f"{', '.join(sorted(wrong))}: every contract test needs a row of contract/rows.py,"
            ' such as pytestmark = pytest.mark.row("Q3")'
        )
    for item, rows in contract.items():
        item.user_properties += [(_ROWS, rows), (_ADAPTER, _adapter_of(item))]


def _adapter_of(item: pytest.Item) -> str:
    call: object = getattr(item, "callspec", None)
    chosen: object = getattr(call, "params", {}).get("adapter")
    return str(getattr(chosen, "name", "any"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    results = [
        Result(row, properties[_ADAPTER], outcome)
        for category in ("passed", "failed", "error", "skipped")
        for report in terminalreporter.stats.get(category, ())
        if _ROWS in (properties := dict(getattr(report, "user_properties", ())))
        for outcome in ["not capable" if category == "skipped" and LACKS in report.longrepr[2] else category]
        for row in properties[_ROWS]
    ]
    if results:
        terminalreporter.section("the contract, row by row")
        for line in table(results):
            terminalreporter.write_line(line)

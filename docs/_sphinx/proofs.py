"""List the tests of the contract by the rows that they prove, from their marks, when the page is read."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import attrs
from sphinx.application import Sphinx

PAGES = Path(__file__).parents[1]
CONTRACT = PAGES.parent / "tests" / "contract"
_PLACE = "<!-- the tests, by the rows that they prove -->"

_Marked = ast.Module | ast.ClassDef | ast.FunctionDef


@attrs.frozen
class Proof:
    """A test, as the sentence that its name is, and the row that it proves."""

    row: str
    file: str
    sentence: str


def proofs() -> Iterator[Proof]:
    """All of them, file by file."""
    for path in sorted(CONTRACT.rglob("test_*.py")):
        yield from _within(ast.parse(path.read_text(encoding="utf-8")), [], path.name)


def _within(node: _Marked, inherited: list[str], file: str) -> Iterator[Proof]:
    """The nearest mark counts: of the test, of its class, or of its module."""
    rows = list(_rows(node)) or inherited
    for each in node.body:
        if isinstance(each, ast.ClassDef):
            yield from _within(each, rows, file)
        elif isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
            sentence = each.name.removeprefix("test_").replace("_", " ")
            yield from (Proof(row, file, sentence) for row in list(_rows(each)) or rows)


def _rows(node: _Marked) -> Iterator[str]:
    """What is written ``pytest.mark.row(...)`` in decorators, or in ``pytestmark``."""
    marks: list[ast.expr] = [] if isinstance(node, ast.Module) else list(node.decorator_list)
    for each in node.body if not isinstance(node, ast.FunctionDef) else []:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark":
            marks.append(each.value)
    for call in (found for mark in marks for found in ast.walk(mark)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "row":
            yield from (str(ast.literal_eval(argument)) for argument in call.args)


def told() -> list[str]:
    """The rows of the contract's page, in its order."""
    return re.findall(r"^\| ([A-Z]\d*) \|", (PAGES / "contract.md").read_text(encoding="utf-8"), re.MULTILINE)


def listed() -> str:
    """The page's text: a heading for each row, and below it the sentences of each file."""
    found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for proof in proofs():
        found[proof.row][proof.file].append(proof.sentence)
    lines: list[str] = []
    for row in sorted(found, key=told().index):
        lines.append(f"\n## {row}\n")
        for file, sentences in found[row].items():
            lines += [f"`{file}`\n", *(f"- {sentence}" for sentence in sentences), ""]
    return "\n".join(lines)


def put(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the list where the page asks for it."""
    if _PLACE in source[0]:
        source[0] = source[0].replace(_PLACE, listed())


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("source-read", put)
    return {"parallel_read_safe": True}

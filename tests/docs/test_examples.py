"""Every Python example in the documentation runs, and prints what it says it prints."""

import re
from pathlib import Path

import pytest

from unitofwork import SqlAlchemyDatabase

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)


def examples(page: Path) -> str:
    """All examples of a page as one program: a later one goes on where an earlier one ended."""
    return "\n".join(EXAMPLE.findall(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", [page for page in PAGES if examples(page)], ids=lambda page: page.name)
def test_the_examples_run_and_print_what_they_say(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = examples(page)
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(program, str(page), "exec"), names)
    for made in names.values():
        if isinstance(made, SqlAlchemyDatabase):
            made.dispose()  # as the end of a program does
    assert capsys.readouterr().out.splitlines() == PRINTED.findall(program)


def test_the_readme_has_examples() -> None:
    assert len(PRINTED.findall(examples(ROOT / "README.md"))) >= 1


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []

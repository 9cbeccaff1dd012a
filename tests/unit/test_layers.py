"""What import-linter cannot say: it forbids packages by name, but a domain is defined by what it may import."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = sys.stdlib_module_names | {"attr", "attrs"}


@pytest.mark.parametrize(
    "domain", ["domain", *(str(path.relative_to(ROOT)) for path in ROOT.glob("examples/*/domain"))]
)
def test_a_domain_imports_only_the_standard_library_and_attrs(domain: str) -> None:
    folder = ROOT / domain
    own = {"unitofwork", folder.parent.name}
    modules = list(folder.rglob("*.py"))
    assert modules
    foreign = {(path.name, name) for path in modules for name in imported(path) if name not in ALLOWED | own}
    assert foreign == set()


def imported(path: Path) -> Iterator[str]:
    """Yield the top-level package of every import, wherever in the module it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]

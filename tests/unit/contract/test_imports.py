"""The contract is installed without the other tests, and under another name than it has here."""

import ast
import sys
from pathlib import Path

import pytest

CONTRACT = Path(__file__).parents[2] / "contract"
ALLOWED = sys.stdlib_module_names | {"attr", "attrs", "pytest", "sqlalchemy", "unitofwork"}


@pytest.mark.parametrize("path", sorted(CONTRACT.rglob("*.py")), ids=lambda path: str(path.relative_to(CONTRACT)))
def test_a_module_of_the_contract_imports_itself_relatively_and_none_of_the_other_tests(path: Path) -> None:
    imported = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            imported.add(node.module.partition(".")[0])
    assert imported - ALLOWED == set()

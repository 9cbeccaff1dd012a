"""E10: `upsert` refuses a key of another type."""

from typing import Any

import pytest
from sqlalchemy import literal

from integration.sqlite.upsert.model import Journal, Line, Unit
from unitofwork.domain.errors import WrongType


@pytest.mark.parametrize("key", [[1], "1", literal(1)], ids=["list", "text", "expression"])
def test_a_key_of_another_type_is_refused(unit: Unit, key: Any) -> None:
    with pytest.raises(WrongType, match=r"Line\.id"):
        unit.lines.upsert(Line("a", id=key))
    with pytest.raises(WrongType, match=r"Line\.id"):
        unit.journals.upsert(Journal("j", lines=[Line("a", id=key)]))

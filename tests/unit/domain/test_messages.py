"""Recording: what is no entity is told of at once."""

from typing import Any

import pytest

from unitofwork import Event, record, value


@value
class Renamed(Event):
    name: str


class Person: ...


@pytest.mark.parametrize("given", [5, None, Person, Renamed("sandy")])
def test_only_entities_record(given: Any) -> None:
    with pytest.raises(TypeError, match=r"an entity records events, not .*: give an object of a mapped class"):
        record(given, Renamed("cheeks"))

"""Many whole numbers are one parameter, in the form that its driver writes in the least time."""

import pytest
from sqlalchemy import Dialect, create_engine

from unitofwork.adapters.sqlalchemy.number_arrays import NUMBERS


def dialect(driver: str) -> Dialect:
    return create_engine(f"postgresql+{driver}://").dialect


@pytest.mark.parametrize(("numbers", "text"), [((), "{}"), ((1,), "{1}"), ((-5, 0, 2**62), f"{{-5,0,{2**62}}}")])
def test_psycopg_is_given_the_text_of_an_array_and_others_a_list(numbers: tuple[int, ...], text: str) -> None:
    assert NUMBERS.bind_processor(dialect("psycopg"))(numbers) == text
    assert NUMBERS.bind_processor(dialect("asyncpg"))(numbers) == list(numbers)

"""Which row an error is about: its number becomes part of the error's text and one of its fields."""

from typing import TypeVar

from unitofwork.domain.errors import PersistenceError

E = TypeVar("E", bound=PersistenceError)


def in_row(error: E, row: int) -> E:
    """The error, about the row with this number; the first row is 1."""
    error.row = row
    error.args = (f"row {row}: {error}",)
    return error

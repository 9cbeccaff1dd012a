"""A hybrid property that is compared by code of the application's is refused: only SQL runs that code."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, ColumnElement, Integer, String, Table, func
from sqlalchemy.ext.hybrid import Comparator, hybrid_property
from sqlalchemy.orm import registry

from unitofwork import MemoryDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.domain.errors import UnsupportedQuery


class _IgnoringCase(Comparator[str]):
    def __eq__(self, other: object) -> ColumnElement[bool]:  # type: ignore[override]  # as SQLAlchemy's own
        return func.lower(self.__clause_element__()) == func.lower(other)


@entity
class Word:
    text: str
    id: int | None = None

    @hybrid_property
    def folded(self) -> str:
        return self.text.lower()

    @folded.inplace.comparator
    @classmethod
    def _folded_comparator(cls) -> Comparator[str]:
        column: Any = cls.text
        return _IgnoringCase(column)


class Words(UnitOfWork):
    words = repository(Word)


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    columns = Column("id", Integer, primary_key=True), Column("text", String(30))
    map_entity(made, Word, Table("words", made.metadata, *columns))
    yield made
    made.dispose()


def test_it_is_refused_where_it_is_compared(mapping: registry) -> None:
    with Words(MemoryDatabase(mapping)) as uow:
        uow.words.add(Word("Red"))
        with pytest.raises(UnsupportedQuery, match=r"Word\.folded is compared by code of the application's"):
            uow.words.find(folded="RED")

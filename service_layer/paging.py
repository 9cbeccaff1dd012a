"""Keyset pages: each is found by the place where the one before it ended, not by counting what to leave out."""

from typing import TypeVar

import attrs

from unitofwork.domain.page import Page
from unitofwork.domain.ports import Session
from unitofwork.domain.query import Query
from unitofwork.service_layer.cursor import Cursors

T = TypeVar("T")


def find_page(session: Session, cursors: Cursors, query: Query[T], size: int, after: str | None) -> Page[T]:
    """The first page of the query's answer, or the one after a cursor.

    Raises:
        ValueError: the size is no whole number from one upwards.
        InvalidValue: the cursor was not handed out for this question.
        UnsupportedQuery: a key of the order has values of a type that cursors do not hold.
    """
    _check_size(size)
    whole = query.totally_ordered(session.key_names(query.entity_type))
    question = whole.describe(values=False)
    start = None if after is None else cursors.read(after, question)
    found = session.find_placed(attrs.evolve(whole, limit=size + 1, after=start))
    items = tuple(entity for entity, _ in found[:size])
    return Page(items, cursors.write(found[size - 1][1], question) if len(found) > size else None)


def _check_size(size: object) -> None:
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError("the size of a page is a whole number, one or more")

"""JSON, stored as text, so that nobody shares what can be changed in place; ``jsonb`` in PostgreSQL's order."""

import json
from decimal import Decimal
from functools import partial
from typing import Any, cast

from sqlalchemy import types
from sqlalchemy.dialects import postgresql

from unitofwork.adapters.memory.values.codec import Codec, Convert, Holder
from unitofwork.domain.errors import UnsupportedQuery

NULL = "null"

_write = partial(json.dumps, ensure_ascii=False, allow_nan=False)


def json_codec(type_: types.JSON, holder: Holder) -> Codec:
    """What can be written as JSON; None is JSON's null, where the column does not say that it is NULL."""
    written = _put_in_order if isinstance(type_, postgresql.JSONB) else _write
    store = _storing(type_, holder, written)

    def order(text: str) -> object:
        raise UnsupportedQuery(f"{holder.name} is JSON, which has no order: order by a column of its own")

    return Codec(
        store=store,
        load=json.loads,
        key=compared,
        operand=_storing(type_, holder, _write),
        order=order,
        null=NULL,
        stores_none=not type_.none_as_null,
    )


def _storing(type_: types.JSON, holder: Holder, write: Convert) -> Convert:
    check = holder.storing(type_)

    def store(value: object) -> object:
        if value is None or value is types.JSON.NULL:
            return NULL
        try:
            text: str = write(value)
            if "\\u0000" not in text:
                if not text.isascii():
                    text.encode()
                return text
        except (TypeError, ValueError, RecursionError):
            pass  # the check says why
        check(value)
        return write(value)

    return store


def _put_in_order(value: object) -> str:
    """The text of ``jsonb``: keys by length, then by their bytes, each once; numbers as decimals, without exponents."""
    return _write(json.loads(_write(value), object_pairs_hook=_sorted, parse_float=_number))


def _sorted(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(sorted(dict(pairs).items(), key=_by_length)) if len(pairs) > 1 else dict(pairs)


def _by_length(pair: tuple[str, object]) -> tuple[int, bytes]:
    key = pair[0].encode()
    return len(key), key


def _number(text: str) -> float:
    if "e" in text and (exact := Decimal(text)) == exact.to_integral_value():
        return int(exact)
    return float(text) or 0.0  # there is no -0


def compared(text: str) -> object:
    """What is equal where ``jsonb`` is."""
    return _comparable(json.loads(text, parse_float=Decimal))


def _comparable(value: object) -> object:
    if isinstance(value, dict):
        return frozenset((key, _comparable(each)) for key, each in cast("dict[str, Any]", value).items())
    if isinstance(value, list):
        return tuple(_comparable(each) for each in cast("list[object]", value))
    return (bool, value) if isinstance(value, bool) else value

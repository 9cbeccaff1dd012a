"""Elements of JSON, by key, by place or by a way of several; what is not there is NULL."""

import json
from collections.abc import Sequence
from typing import Any, cast

from unitofwork.adapters.memory.expressions.kinds import TEXT, Kind
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate

_JSON = (Kind.JSON, Kind.JSONB)
_MISSING = object()


def element(writer: Writer, part: Part, steps: Sequence[str | int]) -> Part:
    """``->`` and ``#>``: the element, as JSON."""

    def found(text: str) -> str | None:
        value = _reach(text, steps)
        return None if value is _MISSING else json.dumps(value, ensure_ascii=False)

    return writer.call(_json(part).type, found, part)


def element_at(writer: Writer, part: Part, steps: Sequence[str | int]) -> Part:
    """``->>`` and ``#>>``: the element as a text; JSON's null is NULL."""
    numeric = part.type.kind is Kind.JSONB

    def found(text: str) -> str | None:
        value = _reach(text, steps)
        if value is _MISSING or value is None:
            return None
        if isinstance(value, str):
            return value
        if isinstance(value, float) and numeric:
            return format(_decimal(value), "f")
        return json.dumps(value, ensure_ascii=False)

    return writer.call(TEXT, found, _json(part))


def _decimal(value: float) -> Any:
    from decimal import Decimal

    return Decimal(repr(value))


def _json(part: Part) -> Part:
    if part.type.kind not in _JSON:
        raise CannotEvaluate(f"an element of {part.type.kind.value}")
    return part


def _reach(text: str, steps: Sequence[str | int]) -> object:
    value: object = json.loads(text)
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = cast("dict[str, object]", value).get(step, _MISSING)
        elif isinstance(value, list) and isinstance(step, int):
            items = cast("list[object]", value)
            value = items[step] if -len(items) <= step < len(items) else _MISSING
        else:
            return _MISSING
    return value

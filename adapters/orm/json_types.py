"""What columns of JSON take: what can be written as JSON, and what PostgreSQL then keeps."""

import json
import re
from typing import Any

from sqlalchemy import Dialect, types
from sqlalchemy.types import TypeDecorator, TypeEngine

from unitofwork.adapters.orm.rules import Refusal, Rule
from unitofwork.domain.errors import InvalidValue, WrongType

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # the escape, and not a backslash that is followed by "u0000"


def json_rule(type_: types.JSON, dialect: Dialect) -> Rule | None:
    """Standard JSON of whole characters; an application that has a serializer of its own checks values in there."""
    return None if has_own_serializer(dialect) else Rule(_is_json)


def has_own_serializer(dialect: Dialect) -> bool:
    """Whether the engine was made with ``json_serializer=``."""
    return dialect._json_serializer is not None  # pyright: ignore[reportPrivateUsage]  # there is no public name for it


def _is_json(value: object) -> Refusal | None:
    if value is types.JSON.NULL:
        return None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except TypeError as error:
        return Refusal(WrongType, "takes what can be written as JSON", error)
    except UnicodeEncodeError:
        return Refusal(InvalidValue, "takes no surrogate, which is half a character")
    except (ValueError, RecursionError):
        return Refusal(InvalidValue, "takes finite numbers only, and nothing that holds itself")
    return Refusal(InvalidValue, "takes no NUL character") if _NUL.search(text) else None


def is_json(type_: TypeEngine[Any]) -> bool:
    """Whether a column of this type keeps JSON."""
    return isinstance(type_.impl_instance if isinstance(type_, TypeDecorator) else type_, types.JSON)

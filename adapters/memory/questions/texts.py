"""Texts compared by pattern, as PostgreSQL compares them."""

import re
from collections.abc import Callable
from functools import lru_cache

ESCAPE = "\\"
"""What makes the next character of a pattern literal."""

_ANY_TEXT = re.compile(r"\\.|%|_|[^\\%_]+", re.DOTALL)


@lru_cache(512)
def like(pattern: str) -> Callable[[str], object]:
    """What tells, by the truth of its result, whether a text matches: ``%`` is any text, ``_`` any one character."""
    parts = _ANY_TEXT.findall(pattern)
    literal = "".join(part.removeprefix(ESCAPE) for part in parts if part not in ("%", "_"))
    kinds = [part if part in ("%", "_") else "a" for part in parts]
    shape = re.sub("a+", "a", re.sub("%+", "%", "".join(kinds)))
    simple = _SIMPLE.get(shape)
    if simple is not None:
        return simple(literal)
    regex = "".join(_REGEX.get(part) or re.escape(part.removeprefix(ESCAPE)) for part in parts)
    return re.compile(regex, re.DOTALL).fullmatch


_REGEX = {"%": ".*", "_": "."}
_SIMPLE: dict[str, Callable[[str], Callable[[str], object]]] = {
    "": lambda _: lambda value: not value,
    "a": lambda text: text.__eq__,
    "%": lambda _: lambda value: True,
    "a%": lambda text: lambda value: value.startswith(text),
    "%a": lambda text: lambda value: value.endswith(text),
    "%a%": lambda text: lambda value: text in value,
}
"""How to match patterns that need no regular expression, by where their text stands."""


@lru_cache(512)
def ilike(pattern: str) -> Callable[[str], object]:
    """As `like`, but for case."""
    matches = like(lowered(pattern))
    return lambda value: matches(lowered(value))


def lowered(text: str) -> str:
    """The text in lower case, character by character, however many it would take in writing."""
    return text.lower() if text.isascii() else "".join(map(_lowered, text))


def _lowered(character: str) -> str:
    return character.lower()[0]

"""LIKE and its kin: ``%`` is any text, ``_`` any one character, and what follows the escape is meant as it is."""

import re
from collections.abc import Callable
from functools import lru_cache

from unitofwork.adapters.memory.expressions.kinds import BOOLEAN
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.domain.errors import InvalidValue


def matched(
    writer: Writer,
    text: Part,
    pattern: Part,
    escape: str | None,
    *,
    negate: bool,
    without_case: bool,
    around: tuple[str, str] = ("", ""),
) -> Part:
    """LIKE or ILIKE, with what stands before and behind the pattern."""
    test: Callable[..., bool] = ilike if without_case else like
    (before, behind), sign, wanted = around, "\\" if escape is None else escape, not negate

    def matches(value: str, asked: str) -> bool:
        return test(value, f"{before}{asked}{behind}", sign) is wanted

    return writer.call(BOOLEAN, matches, text, pattern)


@lru_cache(512)
def _matcher(pattern: str, escape: str) -> Callable[[str], object]:
    parts: list[str] = []
    place = 0
    while place < len(pattern):
        character = pattern[place]
        if character == escape:
            place += 1
            if place == len(pattern):
                raise InvalidValue("a pattern ends with its escape character: double it, or give an escape")
            parts.append(re.escape(pattern[place]))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
        place += 1
    return re.compile("".join(parts), re.DOTALL).fullmatch


def like(text: str, pattern: str, escape: str = "\\") -> bool:
    """Whether the text is as the pattern says; an empty escape is none."""
    if len(escape) > 1:
        raise InvalidValue("an escape is one character")
    return _matcher(pattern, escape)(text) is not None


def ilike(text: str, pattern: str, escape: str = "\\") -> bool:
    """As `like`, in whatever case."""
    return like(lowered(text), lowered(pattern), escape)


def lowered(text: str) -> str:
    """The text in lower case, character by character.

    PostgreSQL does so by the locale of the database; this is what those of UTF-8 do that have Unicode's simple mapping
    and no more, such as C.UTF-8. In the locale C, only ASCII would have two cases.
    """
    return text.lower() if text.isascii() else "".join(map(_lower, text))


def raised(text: str) -> str:
    """The text in upper case, character by character: those that would be written with several stay."""
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def _lower(character: str) -> str:
    return character.lower() if len(character.lower()) == 1 else "i"  # "İ" is the only one


def _upper(character: str) -> str:
    return upper if len(upper := character.upper()) == 1 else character

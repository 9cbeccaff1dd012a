"""SQL's functions of texts."""

from collections.abc import Callable

from unitofwork.adapters.memory.expressions.kinds import BOOLEAN, INTEGER, TEXT, Kind, SqlType
from unitofwork.adapters.memory.expressions.overloads import Overload
from unitofwork.adapters.memory.expressions.patterns import lowered, raised
from unitofwork.domain.errors import InvalidValue

_BYTES = SqlType(Kind.BYTES)


def _substring(text: str, start: int, length: int | None = None) -> str:
    if length is None:
        return text[max(0, start - 1) :]
    if length < 0:
        raise InvalidValue("an expression takes a part of negative length from a text")
    return text[max(0, start - 1) : max(0, start - 1 + length)]


def _left(text: str, count: int) -> str:
    return text[:count]


def _right(text: str, count: int) -> str:
    return text[-count:] if count else ""


def _padding(left: bool) -> Callable[..., str]:
    def padded(text: str, width: int, fill: str = " ") -> str:
        width = max(0, width)
        if len(text) >= width or not fill:
            return text[:width]
        missing = width - len(text)
        room = (fill * (missing // len(fill) + 1))[:missing]
        return room + text if left else text + room

    return padded


def _replaced(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


def _split(text: str, separator: str, count: int) -> str:
    if not count:
        raise InvalidValue("an expression asks for part 0 of a text: they are counted from 1")
    parts = text.split(separator) if separator else [text]
    place = count - 1 if count > 0 else len(parts) + count
    return parts[place] if 0 <= place < len(parts) else ""


def _titled(text: str) -> str:
    found: list[str] = []
    inside = False
    for character in text:
        found.append(lowered(character) if inside else raised(character))
        inside = character.isalnum()
    return "".join(found)


def _repeated(text: str, count: int) -> str:
    return text * max(0, count)


def _reversed(text: str) -> str:
    return text[::-1]


def _place(text: str, part: str) -> int:
    return text.find(part) + 1


def _first_code(text: str) -> int:
    return ord(text[0]) if text else 0


def _bytes(text: str) -> int:
    return len(text.encode())


def _trimming(trim: Callable[[str, str], str]) -> list[Overload]:
    def spaces(text: str) -> str:
        return trim(text, " ")

    return [Overload((TEXT,), TEXT, spaces), Overload((TEXT, TEXT), TEXT, trim)]


_LENGTH = [Overload((TEXT,), INTEGER, len), Overload((_BYTES,), INTEGER, len)]
_SUBSTRING = [Overload((TEXT, INTEGER), TEXT, _substring), Overload((TEXT, INTEGER, INTEGER), TEXT, _substring)]


def _pad(left: bool) -> list[Overload]:
    pad = _padding(left)
    return [Overload((TEXT, INTEGER), TEXT, pad), Overload((TEXT, INTEGER, TEXT), TEXT, pad)]


TEXT_FUNCTIONS: dict[str, list[Overload]] = {
    "length": _LENGTH,
    "char_length": _LENGTH[:1],
    "character_length": _LENGTH[:1],
    "octet_length": [Overload((TEXT,), INTEGER, _bytes), _LENGTH[1]],
    "lower": [Overload((TEXT,), TEXT, lowered)],
    "upper": [Overload((TEXT,), TEXT, raised)],
    "initcap": [Overload((TEXT,), TEXT, _titled)],
    "trim": _trimming(str.strip),
    "btrim": _trimming(str.strip),
    "ltrim": _trimming(str.lstrip),
    "rtrim": _trimming(str.rstrip),
    "substr": _SUBSTRING,
    "substring": _SUBSTRING,
    "left": [Overload((TEXT, INTEGER), TEXT, _left)],
    "right": [Overload((TEXT, INTEGER), TEXT, _right)],
    "lpad": _pad(True),
    "rpad": _pad(False),
    "replace": [Overload((TEXT, TEXT, TEXT), TEXT, _replaced)],
    "repeat": [Overload((TEXT, INTEGER), TEXT, _repeated)],
    "reverse": [Overload((TEXT,), TEXT, _reversed)],
    "strpos": [Overload((TEXT, TEXT), INTEGER, _place)],
    "starts_with": [Overload((TEXT, TEXT), BOOLEAN, str.startswith)],
    "split_part": [Overload((TEXT, TEXT, INTEGER), TEXT, _split)],
    "ascii": [Overload((TEXT,), INTEGER, _first_code)],
}

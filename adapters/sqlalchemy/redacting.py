"""The text of a statement without what is written out in it: applications may write values into their own SQL."""

import re
from functools import lru_cache

from sqlalchemy import Dialect

MOST_CHARACTERS = 2000
"""Of a statement's text; what comes after them is cut off."""

_COMMENT = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
_NUMBER = r"(?<![\w$:])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b"
_STANDARD = re.compile(
    rf"""(?P<kept>"[^"]*(?:"|\Z)|`[^`]*(?:`|\Z))|{_COMMENT}"""
    r"""|[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)"""
    rf"""|{_NUMBER}""",
    re.DOTALL,
)
_MARIADB = re.compile(
    rf"""(?P<kept>`[^`]*(?:`|\Z))|{_COMMENT}|\#[^\n]*"""
    r"""|'(?:[^'\\]|\\.|'')*(?:'|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z)"""
    rf"""|{_NUMBER}""",
    re.DOTALL,
)


def redacted(statement: str, dialect: Dialect) -> str:
    """The text with ``?`` for every text and number that is written out, and without comments."""
    return _redacted(
        statement[:MOST_CHARACTERS], dialect.name in ("mariadb", "mysql"), len(statement) > MOST_CHARACTERS
    )


@lru_cache(maxsize=512)
def _redacted(statement: str, is_mariadb: bool, is_cut: bool) -> str:
    text = (_MARIADB if is_mariadb else _STANDARD).sub(_without_value, statement)
    return f"{text.strip()}..." if is_cut else text.strip()


def _without_value(found: "re.Match[str]") -> str:
    if found["kept"] is not None:
        return found["kept"]
    return " " if found[0].startswith(("--", "/*", "#")) else "?"

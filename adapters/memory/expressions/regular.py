"""Regular expressions, as far as PostgreSQL and Python mean the same by them."""

import re

from unitofwork.adapters.memory.expressions.kinds import BOOLEAN
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate

_TOKEN = re.compile(
    r"""
    (?P<set>\[\^?(?:\]|\\[\]\[^\\.$*+?(){}|/-]|[^\]\\\[])(?:\\[\]\[^\\.$*+?(){}|/-]|[^\]\\\[])*\])
    | (?P<escaped>\\[^\w\s])
    | (?P<group>\((?!\?)|\(\?:|\)|\|)
    | (?P<many>(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\}))
    | (?P<end>\$) | (?P<start>\^) | (?P<any>\.)
    | (?P<plain>[^\\\[\](){}*+?|^$.])
    """,
    re.VERBOSE | re.DOTALL,
)


def searched(writer: Writer, text: Part, pattern: str, *, without_case: bool) -> Part:
    """``~`` and ``~*``.

    Raises:
        CannotEvaluate: the pattern has what the two do not both mean.
    """
    flags = re.DOTALL | (re.IGNORECASE if without_case else 0)
    try:
        compiled = re.compile(_translated(pattern), flags)
    except re.error as error:
        raise CannotEvaluate("a regular expression that Python does not have") from error

    def found(value: str) -> bool:
        return compiled.search(value) is not None

    return writer.call(BOOLEAN, found, text)


def _translated(pattern: str) -> str:
    parts: list[str] = []
    place = 0
    before = ""
    while place < len(pattern):
        match = _TOKEN.match(pattern, place)
        if match is None:
            raise CannotEvaluate("a regular expression of more than sets, groups and repetitions")
        token, kind = match[0], match.lastgroup
        if kind == "many" and before in ("", "many", "start", "("):
            raise CannotEvaluate("a regular expression that repeats a repetition or nothing")
        parts.append(r"\Z" if kind == "end" else token)
        before = token if token in ("(", "(?:", "|") else kind or ""
        before = "(" if before in ("(?:", "|") else before
        place = match.end()
    return "".join(parts)

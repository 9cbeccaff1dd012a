"""Lines of a file, of any length and encoding, without ever holding more than a part of one."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import BinaryIO

from accounts.domain.line import Line

_LONGEST = 4096
"""Bytes of a line that are looked at; no line of this length is well-formed."""


def lines_of(stream: BinaryIO, name: str) -> Iterator[Line]:
    """Yield the lines of a stream; they end at line feeds alone, as line numbers elsewhere do."""
    for number, raw in enumerate(_raw_lines(stream), start=1):
        if number == 1:
            raw = raw.removeprefix(BOM_UTF8)
        yield Line(f"{name}:{number}", raw.decode("utf-8", "surrogateescape"))


def _raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    while raw := stream.readline(_LONGEST):
        yield raw
        while len(raw) == _LONGEST and not raw.endswith(b"\n"):
            raw = stream.readline(_LONGEST)

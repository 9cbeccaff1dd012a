"""Where lines come from and exports go to."""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TextIO

from accounts.adapters.installed import lines_of_installed
from accounts.adapters.lines import lines_of
from accounts.domain.errors import Refused
from accounts.domain.line import Line


@contextmanager
def reading(file: str, *, installed: bool) -> Generator[Iterator[Line]]:
    """The lines of a file, of the standard input (``-``), or of the installed distributions."""
    if installed:
        yield lines_of_installed()
    elif file == "-":
        if not sys.stdin:
            raise Refused("the standard input is closed")
        yield lines_of(sys.stdin.buffer, "stdin")
    else:
        with open(file, "rb") as stream:
            yield lines_of(stream, file)


@contextmanager
def writing(output: str) -> Generator[TextIO]:
    """The file (private if it is new) or the standard output, as UTF-8 and with the line ends that are written."""
    if output == "-":
        stream = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        try:
            yield stream
        finally:
            stream.detach()
    else:
        with open(output, "w", encoding="utf-8", newline="", opener=_private) as stream:
            yield stream


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

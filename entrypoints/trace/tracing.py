"""Traces the units of work of a block, and writes the page."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from unitofwork.entrypoints.trace.keeping import Keeper, Traced
from unitofwork.service_layer.observing import observe


class Tracing:
    """What is traced, and where its page is written.

    Attributes:
        page: the file.
        title: what the page says that it is about.
    """

    def __init__(self, page: Path, title: str) -> None:
        self.page = page
        self.title = title
        self.keeper = Keeper()
        """Is told of the units."""

    def write(self, *, at_end: bool = False) -> Traced:
        """Write the page, as things are now, and return what it shows.

        Args:
            at_end: whether the program ends: what is open now is never closed.
        """
        from unitofwork.entrypoints.trace.page import page_of

        traced = self.keeper.traced(self.title, at_end=at_end)
        self.page.write_text(str(page_of(traced)), encoding="utf-8")
        return traced


@contextmanager
def tracing(page: str | PathLike[str], *, title: str | None = None) -> Generator[Tracing]:
    """Trace every unit of work that begins inside the block, in any thread and any task, and write a page at its end.

    ::

        with tracing("trace.html"):
            serve()

    The page is one file that needs nothing else. It names classes, attributes, places in the program and SQL without
    values. Of more units than a page can show it shows examples, and says how many there were.

    Args:
        page: the file to write, also if the block raises.
        title: what the page says that it is about; by default, the name of the program.
    """
    traced = Tracing(Path(page).absolute(), Path(sys.argv[0]).name if title is None else title)
    try:
        with observe(traced.keeper):
            yield traced
    finally:
        traced.write()

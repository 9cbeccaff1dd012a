"""How an import goes, told on standard error while it does."""

import sys

import click

from accounts.domain.errors import Malformed
from accounts.domain.line import Line
from accounts.service_layer.importing import Summary

_SHOWN_MALFORMED = 20


class Reporter:
    """Tells what is malformed, and on a terminal how far it is."""

    def __init__(self) -> None:
        self._shown = 0
        self._in_line = False

    def malformed(self, line: Line, error: Malformed) -> None:
        """Report a malformed line, unless there were many."""
        if self._shown < _SHOWN_MALFORMED:
            self.close()
            click.echo(f"{click.format_filename(line.origin)}: {error}", err=True)
            self._shown += 1

    def progress(self, so_far: Summary) -> None:
        """Tell how far it is."""
        if _on_terminal():
            click.echo(f"\r{so_far.lines:,} lines", err=True, nl=False)
            self._in_line = True

    def finish(self, summary: Summary) -> None:
        """Tell what was not reported."""
        if summary.malformed > self._shown:
            click.echo(f"... and {summary.malformed - self._shown:,} more malformed lines", err=True)

    def close(self) -> None:
        """Erase the line that tells of progress, so that another can be written there."""
        if self._in_line:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._in_line = False


def _on_terminal() -> bool:
    return bool(sys.stderr) and sys.stderr.isatty()  # it is None where it was closed

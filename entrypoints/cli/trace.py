"""``unitofwork trace``: runs a program, and writes a page that shows what its units of work did."""

import atexit
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import attrs
import click

from unitofwork.entrypoints.trace.running import Interrupted, Module, Refused, Script, run
from unitofwork.entrypoints.trace.tracing import Tracing
from unitofwork.entrypoints.trace.words import counted
from unitofwork.service_layer.observing import OBSERVERS

USAGE = 2
_DEFAULT = "unitofwork-trace.html"


class _Program(click.Command):
    """A command whose own options end where the program begins, as those of the interpreter do."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = _own(args)
        return super().parse_args(ctx, [*args[:own], *(["--"] if own < len(args) else []), *args[own:]])


def _own(arguments: list[str]) -> int:
    """How many of the arguments are the command's own, with the module's name."""
    place = 0
    while place < len(arguments) and arguments[place].startswith("-"):
        if arguments[place] == "--":
            return place
        if arguments[place] == "-m":
            return min(place + 2, len(arguments))
        place += 2 if arguments[place] in ("-o", "--output") else 1
    return min(place, len(arguments))


@click.command(cls=_Program)
@click.option("-o", "--output", default=_DEFAULT, show_default=True, metavar="FILE", help="The page to write.")
@click.option("-m", "module", metavar="MODULE", help="Run a module, such as pytest, in the place of a script.")
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT [ARGS]...")
def trace(output: str, module: str | None, program: tuple[str, ...]) -> None:
    """Run a program, and write a page that shows what its units of work did.

    The program runs as it would without this: its arguments, output and exit code are its own. The page is one file
    with all units on a time line, their SQL without values, and verdicts, such as changes that were never committed.
    """
    if module is None and not program:
        raise click.UsageError("give a script, or a module by -m")
    what = Script(program[0]) if module is None else Module(module)
    page = Path(output).absolute()
    try:
        what.check()
    except Refused as refused:
        _refuse(str(refused))
    if not page.parent.is_dir() or page.is_dir():
        _refuse(f"{page} is no file that can be written: its folder is not there, or it is one itself")
    end = _End(Tracing(page, what.name))
    end.begin()
    try:
        run(what, program[1:] if module is None else program)
    except Interrupted:
        end.interrupted = True
        raise


def _refuse(why: str) -> NoReturn:
    click.echo(f"unitofwork: {why}", err=True)
    sys.exit(USAGE)


@attrs.define(eq=False)
class _End:
    """Writes the page when all else has ended; called by the process that began alone, not by one that was forked."""

    tracing: Tracing
    process: int = attrs.field(factory=os.getpid)
    interrupted: bool = False

    def begin(self) -> None:
        """Trace from now on."""
        OBSERVERS.add(self.tracing.keeper)
        atexit.register(self.write)  # the first is called last, once all threads have ended
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._told_to_end)

    def write(self) -> None:
        """Write the page, and die of SIGINT as the program would have."""
        if os.getpid() != self.process:
            return
        _write(self.tracing)
        if self.interrupted:
            sys.stdout.flush()
            _die_of(signal.SIGINT)

    def _told_to_end(self, number: int, _frame: object) -> None:
        if os.getpid() == self.process:
            _write(self.tracing)
        _die_of(number)


def _die_of(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _write(tracing: Tracing) -> None:
    try:
        traced = tracing.write(at_end=True)
    except OSError as error:
        click.echo(f"unitofwork: the trace could not be written to {tracing.page}: {error.strerror}", err=True)
        return
    units, verdicts = counted(traced.total, "unit of work", "units of work"), counted(len(traced.findings), "verdict")
    click.echo(f"unitofwork: {units}, {verdicts}: {tracing.page}", err=True)

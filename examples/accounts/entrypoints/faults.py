"""Every fault as one line and an exit code; a traceback is left to mistakes in the program itself.

======  ====================================================================================
0       done
1       refused, not found, cannot be read or written; or lines were malformed (others were kept)
2       the command was not understood
75      try again: somebody else holds the database's lock, or the disk is full
130     interrupted by Ctrl-C; what was kept before stays
141     whoever reads the output stopped reading, as ``head`` does
======  ====================================================================================
"""

import errno
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

import click

from accounts.adapters.faults import waiting_may_help
from accounts.domain.errors import Refused
from accounts.entrypoints.screen import write_any_character
from unitofwork.domain.errors import PersistenceError, UniqueViolation

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}

FAILED, TRY_AGAIN, INTERRUPTED, UNREAD = 1, 75, 130, 141

_TAKEN = {"users": "another user has that name", "addresses": "another user has that address"}


@contextmanager
def one_line_each() -> Generator[None]:
    """Turn what goes wrong in the block, or in writing what it printed, into a line and an exit code."""
    if not sys.stdout:
        _end("the standard output is closed", FAILED)
    write_any_character()
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED)
    except BrokenPipeError:
        _discard_output()
        sys.exit(UNREAD)
    except OSError as error:
        _discard_output()
        _end(_of_system(error), TRY_AGAIN if error.errno in _NO_ROOM else FAILED)
    except Refused as error:
        _end(str(error), FAILED)
    except UniqueViolation as error:
        _end(_TAKEN.get(error.table or "", str(error)), FAILED)
    except PersistenceError as error:
        _end(str(error), TRY_AGAIN if waiting_may_help(error) else FAILED)


def _end(message: str, exit_code: int) -> NoReturn:
    click.echo(f"accounts: {message}", err=True)
    sys.exit(exit_code)


def _of_system(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{click.format_filename(error.filename)}: {reason}" if error.filename else reason


def _discard_output() -> None:
    """Keep the interpreter from trying once more, at its end, to write what could not be written."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

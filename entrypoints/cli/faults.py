"""Every fault as one line and an exit code; a traceback is left to mistakes in the program itself."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

import click

from unitofwork.domain.errors import AccessDenied, DatabaseUnavailable, PersistenceError, StatementTimeout

FAILED, TRY_AGAIN, INTERRUPTED, UNREAD = 1, 75, 130, 141


@contextmanager
def one_line_each() -> Generator[None]:
    """Turn what goes wrong in the block into a line on the standard error and an exit code."""
    try:
        try:
            yield
        finally:
            if not sys.stdout.closed:
                sys.stdout.flush()
    except KeyboardInterrupt:
        end("interrupted", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter writes again at its end
        sys.exit(UNREAD)
    except PersistenceError as error:
        end(str(error), TRY_AGAIN if _waiting_may_help(error) else FAILED)


def _waiting_may_help(error: PersistenceError) -> bool:
    if isinstance(error, AccessDenied):
        return False
    return error.retryable or isinstance(error, DatabaseUnavailable | StatementTimeout)


def end(message: str, exit_code: int) -> NoReturn:
    """End the program, with one line on the standard error."""
    click.echo(f"unitofwork: {message}", err=True)
    sys.exit(exit_code)

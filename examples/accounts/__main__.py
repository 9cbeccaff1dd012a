"""Run the command line: ``python -m accounts``."""

import os
import signal
from types import FrameType

from accounts.extras import require_extras

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")

_OVER_PROGRESS = b"\r\x1b[K"
"""Erases what tells on a terminal how far it is."""


def main() -> None:
    """Run it, unless what it needs is missing or the user loses patience while it starts."""
    _heed_signals()
    require_extras()
    from accounts.entrypoints.cli import cli

    cli(prog_name="python -m accounts")


def _heed_signals() -> None:
    """Let a signal end the program, except one that whoever started it wants ignored, as ``nohup`` does."""
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    """End at once: Python may discard an exception, and the database rolls back what was not committed."""
    try:
        os.write(2, _OVER_PROGRESS * os.isatty(2) + b"accounts: interrupted\n")
    finally:
        os._exit(128 + number)


if __name__ == "__main__":
    main()

"""The command line: ``unitofwork``. What a command needs is imported when the command is run."""

import sys


def main() -> None:
    """Run the command that the process was started with."""
    try:
        from unitofwork.entrypoints.cli.commands import unitofwork
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit("unitofwork: the command line needs click, which is not installed: pip install unitofwork[cli]")
    unitofwork()

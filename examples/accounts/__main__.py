"""Run the command line: ``python -m accounts``."""

import sys

from accounts.extras import require_extras


def main() -> None:
    """Run it, unless what it needs is missing or the user loses patience while it starts."""
    require_extras()
    try:
        from accounts.entrypoints.cli import cli

        cli(prog_name="accounts")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

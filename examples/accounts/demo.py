"""A tour in a fresh database that is gone afterwards: ``python -m accounts.demo [PAGE]``.

With the name of a file, a page that shows what the units of work of its requests did is written there.
"""

import sys
from pathlib import Path

from accounts.extras import require_extras


def main() -> None:
    """Run it, unless what it needs is missing."""
    require_extras()
    from accounts.entrypoints.tour import tour

    tour(Path(sys.argv[1]) if sys.argv[1:] else None)


if __name__ == "__main__":
    main()

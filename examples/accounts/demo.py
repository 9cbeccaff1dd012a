"""A tour in a fresh database that is gone afterwards: ``python -m accounts.demo``."""

from accounts.extras import require_extras


def main() -> None:
    """Run it, unless what it needs is missing."""
    require_extras()
    from accounts.entrypoints.tour import tour

    tour()


if __name__ == "__main__":
    main()

"""How long a publisher waits: not for ever, since a relay waits with it, and keeps others from what it is at."""

YEAR = 366 * 86_400


def check_timeout(seconds: object) -> None:
    """Refuse a wait without an end.

    Raises:
        ValueError: it is no number of seconds.
    """
    if not isinstance(seconds, int | float) or not 0 < seconds <= YEAR:
        raise ValueError("timeout is more than zero: seconds, of a year at most")

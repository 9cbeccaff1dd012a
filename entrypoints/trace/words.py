"""How numbers and moments are written on the page."""


def duration(seconds: float) -> str:
    """A duration, with at most three digits and its unit."""
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    if seconds >= 1:
        return f"{seconds:.3g} s" if seconds < 10 else f"{seconds:.1f} s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.0f} µs"


def moment(seconds: float) -> str:
    """A moment since the beginning."""
    return "0" if seconds == 0 else duration(seconds)


def counted(number: int, one: str, many: str | None = None) -> str:
    """So many of something."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def percent(part: float) -> str:
    """A part of the whole, for a style sheet."""
    return f"{100 * part:.4g}%"

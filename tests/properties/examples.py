"""How many examples a property is tried on: fewer where time is short."""

import os

FEWER = int(os.environ.get("FEWER_EXAMPLES", "1"))
"""One example of so many is tried."""


def examples(many: int) -> int:
    """The number of examples, where ``many`` are tried in a whole run."""
    return max(1, many // FEWER)

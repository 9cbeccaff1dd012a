"""Ids that are higher the later they are made: an index takes them at its end, and random ones anywhere in it."""

import os
from random import Random
from time import time_ns
from uuid import UUID, SafeUUID

_MILLISECOND = 1_000_000  # nanoseconds
_VERSION_7 = 7 << 76 | 2 << 62
"""The bits of every such id: its version, and its variant."""

_new, _set, _unknown = object.__new__, object.__setattr__, SafeUUID.unknown

_random = Random()
"""Seeded by the operating system, once for each process: asking it each time costs more than the rest of an id."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)  # else both processes would go on with the same ids


def time_ordered_id() -> UUID:
    """A UUID of version 7 (RFC 9562): milliseconds since 1970, 4,096ths of one (its method 3), and 62 random bits.

    Those of processes whose clocks differ are as far from their order as the clocks are.
    """
    milliseconds, rest = divmod(time_ns(), _MILLISECOND)
    made = _new(UUID)  # UUID(int=...) takes twice as long as all else here, to look which of six ways it is called
    _set(made, "int", milliseconds << 80 | (rest << 12) // _MILLISECOND << 64 | _VERSION_7 | _random.getrandbits(62))
    _set(made, "is_safe", _unknown)
    return made

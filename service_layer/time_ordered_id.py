"""Ids that are higher the later they are made: an index takes them at its end, and random ones anywhere in it."""

from os import urandom
from time import time_ns
from uuid import UUID

_MILLISECOND = 1_000_000  # nanoseconds
_RANDOM = (1 << 62) - 1


def time_ordered_id() -> UUID:
    """A UUID of version 7 (RFC 9562): milliseconds since 1970, 4,096ths of one (its method 3), and 62 random bits.

    Those of processes whose clocks differ are as far from their order as the clocks are.
    """
    milliseconds, rest = divmod(time_ns(), _MILLISECOND)
    moment = milliseconds << 80 | (rest << 12) // _MILLISECOND << 64
    return UUID(int=moment | 7 << 76 | 2 << 62 | int.from_bytes(urandom(8)) & _RANDOM)

"""How long to wait after failures: longer after each."""

from collections.abc import Callable
from random import random
from typing import Any

import attrs

from unitofwork.service_layer.relay.checks import YEAR


def _positive(_options: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not 0 < value <= YEAR:
        raise ValueError(f"{attribute.name} is more than zero, and of a year at most")


def _share(_options: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{attribute.name} is a share, from 0 to 1")


@attrs.frozen(kw_only=True)
class BackOff:
    """Pauses that grow with each failure. All times are in seconds.

    By default ten attempts take about two hours.

    Attributes:
        first: after the first failure (1).
        factor: how many times as long as the one before each pause is (3).
        longest: no pause is longer (an hour).
        jitter: how much shorter a pause may be, by chance, so that those who failed together do not come again
            together (a quarter of it).
    """

    first: float = attrs.field(default=1.0, validator=_positive)
    factor: float = attrs.field(default=3.0, validator=_positive)
    longest: float = attrs.field(default=3600.0, validator=_positive)
    jitter: float = attrs.field(default=0.25, validator=_share)

    def pause(self, failures: int, chance: Callable[[], float] = random) -> float:
        """How long to wait after so many failures, in seconds; ``chance`` gives a number from 0 to 1."""
        if self.factor > 1 and failures > 64:  # no power of it is needed to know
            grown = self.longest
        else:
            grown = min(self.longest, self.first * self.factor ** (failures - 1))
        return grown * (1 - self.jitter * chance())

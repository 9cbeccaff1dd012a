"""The numbers that commands take, each with an end: what is beyond it would be an error of Python's."""

from collections.abc import Callable
from math import isnan
from typing import Any, TypeVar

import click

from unitofwork.service_layer.relay.checks import MOST, YEAR

F = TypeVar("F", bound=Callable[..., Any])

A_CENTURY = 36_525
"""The most days that anything can be kept."""


class _Bounded(click.FloatRange):
    """A number in a range: "nan" is in none, which click does not know."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


COUNT = click.IntRange(min=1, max=MOST)
"""A number of messages, or of attempts."""
SECONDS = _Bounded(min=0, min_open=True, max=YEAR)
"""A span of time."""


def days(default: float, what: str) -> Callable[[F], F]:
    """``--days``, which are kept."""
    kind = _Bounded(min=0, max=A_CENTURY)
    return click.option("--days", type=kind, default=default, show_default=True, help=what)

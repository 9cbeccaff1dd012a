"""How a column's values are kept."""

from collections.abc import Callable
from typing import Any

import attrs
from sqlalchemy import Column


@attrs.frozen
class Codec:
    """What becomes of values on their way into a row and out of it; None where they stay as they are."""

    store: Callable[[Any], Any] | None = None
    key: Callable[[Any], Any] | None = None


def codec_of(column: Column[Any]) -> Codec:
    """How the column's values are kept."""
    return Codec()

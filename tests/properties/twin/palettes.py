"""What attributes are set to: a few values of each, so that histories meet them again, and some that are refused."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs

from properties.twin.entities import Colour, Desk


@attrs.frozen
class Palette:
    """The values of an attribute; a history names one by its place in both lists together.

    Attributes:
        fit: what the column takes, as far as it is alone concerned.
        unfit: what it refuses, or takes and does not keep as it is.
    """

    fit: tuple[Any, ...]
    unfit: tuple[Any, ...] = ()

    def __getitem__(self, place: int) -> Any:
        return (self.fit + self.unfit)[place % (len(self.fit) + len(self.unfit))]


EXPLICIT = 100_000
"""Keys that are given are greater: those that a database generates stay below."""

_LONG = "x" * 21
_NAMES = Palette(
    ("ada", "bob", "cy", "dee", "eve", "fay", "gus", "ANN"), (None, "far too long", 7, "trail   " + " " * 3)
)
_TEXTS = Palette((None, "", "one", "two", "Two", "a%b_c"), (_LONG, 3, b"x", "nul\0"))
_WHOLE = Palette((None, 0, 1, 2, 30), (-1, 2**31, "1", True, 1.5))
_KEYS = Palette((EXPLICIT + 1, EXPLICIT + 2), (None, "1"))
_MOMENT = datetime(2024, 2, 29, 12, 30, 15, 123456)

PALETTES: Mapping[str, Mapping[str, Palette]] = {
    "Team": {"name": _NAMES, "id": _KEYS},
    "User": {"name": _NAMES, "fullname": _TEXTS, "age": _WHOLE, "id": _KEYS},
    "Address": {"email": Palette(tuple(f"{name}@x.org" for name in "abcdefgh"), (None, _LONG, 5)), "id": _KEYS},
    "Profile": {"text": _TEXTS, "id": _KEYS},
    "Tag": {"word": _NAMES, "id": _KEYS},
    "Note": {"keyword": Palette(("k", "l", "m"), (None, "far too long")), "text": _TEXTS},
    "Badge": {"number": Palette((1, 2, 3), (None, 0, -5, 2**40))},
    "Pet": {"name": Palette((None, "rex", "tom"), ("far too long",))},
    "Node": {"label": Palette((None, "a", "b", "c"), ("far too long",)), "rank": _WHOLE, "id": _KEYS},
    "Employee": {"name": _NAMES, "desk": Palette((None, Desk(1, 2), Desk(1), Desk(3, 4)), (Desk(2**40, 1), Desk()))},
    "Manager": {"bonus": Palette((0, 10, 20), (None, 2**31))},
    "Engineer": {"language": Palette(("python", "c", "sql", "go", "ml", "lisp"), (None, "far too long"))},
    "Vehicle": {"plate": Palette(("A1", "B2", "C3", "D4", "E5", "F6"), (None, "far too long"))},
    "Car": {"doors": Palette((None, 2, 4), (1, 6, "2"))},
    "Truck": {"tons": Palette((None, 7, 40), (2**31,))},
    "Order": {
        "shop": Palette(("n", "s"), (None, "north")),
        "number": Palette((1, 2, 3), (None,)),
        "title": _TEXTS,
    },
    "Item": {
        "position": Palette((1, 2, 3), (None,)),
        "product": _TEXTS,
        "shop": Palette(("n", "s")),
        "number": Palette((1, 2, 3)),
    },
    "Sample": {
        "yes": Palette((None, True, False), (1, "yes")),
        "small": Palette((None, 0, 7, -32768), (32768,)),
        "big": Palette((None, 0, 2**40, -(2**63)), (2**63,)),
        "price": Palette(
            (
                None,
                Decimal("1.50"),
                Decimal("1.5"),
                Decimal(0),
                Decimal("4999.99"),
                Decimal("1.005"),
                Decimal("-1.005"),
            ),
            (Decimal(5000), Decimal("9999.995"), Decimal("NaN"), 3, 1.25, "1.5"),
        ),
        "ratio": Palette((None, 0.0, 0.1, -1e300, float("inf")), (Decimal("0.1"), "0.1")),
        "word": Palette((None, "", "é", "w", "W", "wörd"), ("six   ", "longer", 1)),
        "free": Palette((None, "", "free"), ("nul\0", 1)),
        "data": Palette((None, b"", b"\0\xff"), ("text",)),
        "colour": Palette((None, *Colour), ("RED", "PINK", 1)),
        "day": Palette((None, date(2024, 2, 29), date(1, 1, 1)), (_MOMENT, "2024-02-29")),
        "moment": Palette((None, _MOMENT, datetime(1, 1, 1)), (_MOMENT.replace(tzinfo=UTC), date(2024, 2, 29))),
        "instant": Palette(
            (None, _MOMENT.replace(tzinfo=UTC), _MOMENT.replace(tzinfo=timezone(timedelta(hours=2)))), (_MOMENT,)
        ),
        "span": Palette((None, timedelta(0), timedelta(days=-1, seconds=1), timedelta(microseconds=1)), (5,)),
        "key": Palette((None, UUID(int=1), UUID(int=2)), ("1",)),
        "facts": Palette((None, 1, "text", [1, None], {"b": 1, "a": [True]}, {}), ({1}, float("nan"), {1: 2})),
        "settings": Palette((None, {}, {"a": 1}), ([1], 3)),
        "status": Palette((None, "old", "new"), ("far too long",)),
        "summary": Palette((None, "short"), (_LONG,)),
        "currency": Palette((None, "USD"), ("euro",)),
        "changes": Palette((None, 5), (2**31 - 1,)),
        "changed": Palette((None, "by hand"), ("far too long",)),
        "remark": Palette((None, "remark", "another")),
    },
}
"""By class and attribute; a class has those of its bases too."""

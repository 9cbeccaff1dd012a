"""Events become JSON, and become themselves again, in whichever version they were written."""

import pickle
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import pytest

from unitofwork import value
from unitofwork.adapters.messages import MessageTypes, MsgspecCodec
from unitofwork.domain.errors import InvalidMessage, UnknownMessage
from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import Encoded

BERLIN = ZoneInfo("Europe/Berlin")


@value
class Town:
    name: str
    founded: datetime | None = None


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Place:
    at: tuple[int, Colour]


@value
class Registered(Event):
    id: int
    name: str
    email: str | None = None
    towns: tuple[Town, ...] = ()
    score: float | None = None
    more: Any = None
    price: Decimal | None = None
    key: UUID | None = None
    age: int = attrs.field(default=0, validator=attrs.validators.ge(0))


@value
class Unnamed(Event):
    id: int


def with_email(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "email": None}


def with_name(content: dict[str, Any]) -> dict[str, Any]:
    first, last = content.pop("first"), content.pop("last")
    return {**content, "name": f"{first} {last}"}


@pytest.fixture
def codec() -> MsgspecCodec:
    types = MessageTypes()
    types.add(Registered, "user-registered", version=3, earlier={1: with_name, 2: with_email})
    return MsgspecCodec(types)


def kept(codec: MsgspecCodec, event: Event) -> Event:
    return codec.decode(codec.encode(event))


def test_an_event_is_json_with_a_name_and_a_version(codec: MsgspecCodec) -> None:
    content = codec.encode(Registered(1, "größe", "s@example.org", (Town("bikini"),)))
    assert (content.name, content.version) == ("user-registered", 3)
    assert content.payload == (
        '{"age":0,"email":"s@example.org","id":1,"key":null,"more":null,"name":"größe","price":null,"score":null,'
        '"towns":[{"founded":null,"name":"bikini"}]}'
    )
    assert codec.decode(content) == Registered(1, "größe", "s@example.org", (Town("bikini"),))


def test_equal_events_are_equal_texts(codec: MsgspecCodec) -> None:
    one, other = (Registered(1, "x", more=dict.fromkeys(keys, 0)) for keys in ("ab", "ba"))
    assert codec.encode(one) == codec.encode(other)


@value
class Toured(Event):
    """Holds what has no order, or keys that are no text."""

    colours: frozenset[Colour] = frozenset()
    towns: frozenset[Town] = frozenset()
    tags: set[int | str | None] = attrs.field(factory=set)
    by_colour: dict[Colour, int] = attrs.field(factory=dict)
    by_key: dict[UUID, frozenset[Town]] = attrs.field(factory=dict)
    by_day: dict[date, Place | None] = attrs.field(factory=dict)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Toured(colours=frozenset([Colour.RED, Colour.BLUE])), Toured(colours=frozenset([Colour.BLUE, Colour.RED]))),
        (Toured(towns=frozenset([Town("a"), Town("b")])), Toured(towns=frozenset([Town("b"), Town("a")]))),
        (Toured(tags={1, "a", None}), Toured(tags={None, "a", 1})),
        (Toured(by_colour={Colour.RED: 1, Colour.BLUE: 2}), Toured(by_colour={Colour.BLUE: 2, Colour.RED: 1})),
        (
            Toured(by_key={UUID(int=1): frozenset([Town("a"), Town("b")]), UUID(int=2): frozenset()}),
            Toured(by_key={UUID(int=2): frozenset(), UUID(int=1): frozenset([Town("b"), Town("a")])}),
        ),
        (Toured(by_day={date(2026, 3, 4): Place((1, Colour.RED)), date(2026, 3, 5): None}),) * 2,
    ],
)
def test_what_has_no_order_is_written_in_one(one: Toured, other: Toured) -> None:
    types = MessageTypes()
    types.add(Toured, "toured")
    codec = MsgspecCodec(types)
    content = codec.encode(one)
    assert content == codec.encode(other)
    assert codec.decode(content) == one


def test_what_an_older_release_wrote_is_read(codec: MsgspecCodec) -> None:
    oldest = Encoded("user-registered", 1, '{"id": 1, "first": "sandy", "last": "cheeks"}')
    older = Encoded("user-registered", 2, '{"id": 1, "name": "sandy cheeks"}')
    assert codec.decode(oldest) == codec.decode(older) == Registered(1, "sandy cheeks")


def test_what_a_later_release_wrote_is_unknown_here(codec: MsgspecCodec) -> None:
    with pytest.raises(UnknownMessage, match="sent by a later release"):
        codec.decode(Encoded("user-registered", 4, "{}"))


def test_what_is_more_than_a_class_holds_is_passed_over(codec: MsgspecCodec) -> None:
    assert codec.decode(Encoded("user-registered", 3, '{"id": 1, "name": "s", "new": 2}')) == Registered(1, "s")


def test_an_event_without_a_name_is_not_written(codec: MsgspecCodec) -> None:
    with pytest.raises(UnknownMessage, match="Unnamed has no name as a message"):
        codec.encode(Unnamed(1))


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (Registered("secret", "x"), "id"),  # type: ignore[arg-type]  # the mistake
        (Registered(True, "x"), "id"),
        (Registered(1, "x", towns=[Town("x")]), "towns"),  # type: ignore[arg-type]  # the mistake
        (Registered(1, "x", towns=(Town(7),)), "towns[0].name"),  # type: ignore[arg-type]  # the mistake
        (Registered(1, "x", score=float("nan")), "score"),
        (Registered(1, "x", score=float("inf")), "score"),
        (Registered(1, "x", more=object()), "more"),
        (Registered(1, "x", price=Decimal("sNaN")), "price"),
        (Registered(1, "x", more=(1, 2)), "more"),
        (Registered(1, "x", more={"when": datetime(2026, 1, 1)}), "more"),
        (Registered(1, "half \ud800"), "name"),
        (Registered(1, "x", towns=(Town("x", datetime(1850, 1, 1, tzinfo=BERLIN)),)), "towns"),
        (Registered(1, "x", key="secret"), "key"),  # type: ignore[arg-type]  # the mistake
    ],
)
def test_what_would_be_read_as_something_else_is_not_written(codec: MsgspecCodec, event: Event, path: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        codec.encode(event)
    assert str(refused.value).startswith(f"Registered.{path} holds what JSON cannot give back")
    assert refused.value.entity_type is Registered
    assert "secret" not in str(refused.value)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1, 12, 30, 1, 5),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
        datetime(2026, 7, 1, tzinfo=BERLIN),
    ],
)
def test_a_time_keeps_its_zone_or_stays_without(codec: MsgspecCodec, moment: datetime) -> None:
    event = Registered(1, "x", towns=(Town("x", moment),))
    read = kept(codec, event)
    assert read == event
    assert isinstance(read, Registered)
    founded = read.towns[0].founded
    assert founded is not None
    assert founded.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize("fold", [0, 1])
def test_a_time_while_the_clock_is_put_back_is_written(codec: MsgspecCodec, fold: int) -> None:
    moment = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold)
    read = kept(codec, Registered(1, "x", towns=(Town("x", moment),)))
    assert isinstance(read, Registered)
    founded = read.towns[0].founded
    assert founded is not None
    assert founded.astimezone(UTC) == moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("version", "payload", "where"),
    [
        (3, "{", "Registered"),
        (3, "[]", "Registered"),
        (3, '{"id": 1}', "Registered"),
        (3, '{"id": "secret", "name": "x"}', "Registered.id"),
        (3, '{"id": 1, "name": "x", "age": -5}', "Registered"),
        (1, '{"id": 1}', "Registered"),
        (1, "[]", "Registered"),
        (2, '{"id": "secret"}', "Registered.id"),
    ],
)
def test_a_text_that_is_not_what_its_kind_says_cannot_be_read(
    codec: MsgspecCodec, version: int, payload: str, where: str
) -> None:
    with pytest.raises(InvalidMessage) as refused:
        codec.decode(Encoded("user-registered", version, payload))
    text = f"a message 'user-registered' of the version {version} cannot be read: what it has for {where} does not fit"
    assert str(refused.value) == text


def test_a_name_that_nobody_has_cannot_be_read(codec: MsgspecCodec) -> None:
    with pytest.raises(UnknownMessage, match="no kind of message has the name 'gone'"):
        codec.decode(Encoded("gone", 1, "{}"))

"""Each kind of event has a name and a version; what could not be sent is refused when it is added."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs
import pytest

from unitofwork import entity, value
from unitofwork.adapters.messages import MessageTypes
from unitofwork.domain.errors import InvalidMessage, MessageError, UnknownMessage
from unitofwork.domain.messages import Command, Event


@value
class Renamed(Event):
    name: str


@value
class Moved(Event):
    town: str


@entity
class Person:
    name: str


@value
class Letter:
    sender: Person


@value
class Tree:
    branches: "list[Tree]"


class Plain(Event):
    """Is no class of attrs."""


@value
class Ordered(Command[int]):
    number: int


def event(annotation: Any, name: str = "held") -> type[Event]:
    """A class of events that holds one thing."""
    return attrs.frozen(type("Told", (Event,), {"__annotations__": {name: annotation}}))


@pytest.fixture
def types() -> MessageTypes:
    return MessageTypes()


def test_a_kind_is_known_by_its_class_and_its_name(types: MessageTypes) -> None:
    types.add(Renamed, "person-renamed", version=2, earlier={1: dict})
    kind = types.of(Renamed)
    assert (kind.message_type, kind.name, kind.version) == (Renamed, "person-renamed", 2)
    assert types.named("person-renamed", 1) is types.named("person-renamed", 2) is kind


def test_a_class_without_a_name_is_unknown(types: MessageTypes) -> None:
    types.add(Renamed, "renamed")
    with pytest.raises(UnknownMessage, match=r"Moved has no name as a message: give it to MessageTypes\.add") as failed:
        types.of(Moved)
    assert failed.value.entity_type is Moved


def test_a_subclass_is_a_kind_of_its_own(types: MessageTypes) -> None:
    types.add(Renamed, "renamed")
    with pytest.raises(UnknownMessage):
        types.of(attrs.frozen(type("Married", (Renamed,), {})))


def test_a_name_without_a_class_and_a_later_version_are_unknown(types: MessageTypes) -> None:
    types.add(Renamed, "renamed")
    with pytest.raises(UnknownMessage, match="no kind of message has the name 'moved'"):
        types.named("moved", 1)
    with pytest.raises(UnknownMessage, match="has the version 2 in the message, and versions up to 1 are known here"):
        types.named("renamed", 2)
    with pytest.raises(UnknownMessage):
        types.named("renamed", 0)


def test_a_class_and_a_name_are_added_once(types: MessageTypes) -> None:
    types.add(Renamed, "renamed")
    with pytest.raises(MessageError, match="Renamed is added already, as 'renamed'"):
        types.add(Renamed, "again")
    with pytest.raises(MessageError, match="the name 'renamed' is that of Renamed: choose another"):
        types.add(Moved, "renamed")
    types.add(Moved, "moved")


@pytest.mark.parametrize(
    ("version", "earlier"),
    [(2, {}), (1, {1: dict}), (3, {1: dict}), (3, {2: dict}), (2, {1: dict, 2: dict}), (2, {0: dict, 1: dict})],
)
def test_each_earlier_version_needs_its_step(types: MessageTypes, version: int, earlier: Mapping[int, Any]) -> None:
    with pytest.raises(MessageError, match="earlier= needs a step for each version before it, and no others"):
        types.add(Renamed, "renamed", version=version, earlier=earlier)


@pytest.mark.parametrize("version", [0, 10_001, 2**40, "2", 1.0])
def test_versions_are_counted_from_1(types: MessageTypes, version: Any) -> None:
    with pytest.raises(MessageError, match="counted from 1, up to 10000"):
        types.add(Renamed, "renamed", version=version)


@pytest.mark.parametrize("earlier", [{1: "with_email"}, [dict], {1: None}])
def test_a_step_is_a_function(types: MessageTypes, earlier: Any) -> None:
    with pytest.raises(MessageError, match="earlier= has a function for each earlier version, by its number"):
        types.add(Renamed, "renamed", version=2, earlier=earlier)


@pytest.mark.parametrize("name", ["", "x" * 201, "x\0", 5, None])
def test_a_name_must_fit_its_column(types: MessageTypes, name: Any) -> None:
    with pytest.raises(MessageError, match="a name has 1 to 200 characters"):
        types.add(Renamed, name)
    types.add(Renamed, "x" * 200)


@pytest.mark.parametrize("given", [Plain, Person, Ordered, int, Renamed("x")])
def test_only_values_that_derive_from_event_are_added(types: MessageTypes, given: Any) -> None:
    with pytest.raises(InvalidMessage, match="is no event: give a class that derives from Event"):
        types.add(given, "name")


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (re.Pattern, "Told.held is of the type Pattern, which JSON has not"),
        (list[re.Pattern[str]], "Told.held is of the type Pattern"),
        (dict[str, tuple[int, object]], "Told.held is of the type object"),
        (Person, "Told.held is a Person, no value but an entity: hold its key"),
        (list[Letter] | None, "Told.held.sender is a Person, no value but an entity"),
        (dict[bool, int], "Told.held has keys that are bool, which JSON has not: take text, numbers, enums or dates"),
        (list[dict[str | None, int]], "Told.held has keys that are None"),
        (Renamed | Moved, "Told has an annotation that cannot be read from JSON"),
        ("Nowhere", "Told has an annotation that cannot be read from JSON"),
    ],
)
def test_what_cannot_be_read_again_is_refused_when_it_is_added(types: MessageTypes, annotation: Any, text: str) -> None:
    told = event(annotation)
    with pytest.raises(InvalidMessage, match=re.escape(text)) as refused:
        types.add(told, "told")
    assert refused.value.entity_type is told
    types.add(Renamed, "told")  # it was not added


def test_a_private_attribute_is_refused(types: MessageTypes) -> None:
    with pytest.raises(InvalidMessage, match=r"Told\._held is private, and would be left out"):
        types.add(event(int, "_held"), "told")


def test_a_value_that_holds_itself_is_none_the_worse(types: MessageTypes) -> None:
    types.add(event(Tree), "tree")


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize("annotation", [Any, Colour, list[Renamed], Renamed | int | None, dict[int, tuple[str, ...]]])
def test_what_can_be_read_again_is_added(types: MessageTypes, annotation: Any) -> None:
    types.add(event(annotation), "told")

"""The answers to messages come back as what they were."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unitofwork import value
from unitofwork.adapters.messages import MessageTypes, MsgspecCodec
from unitofwork.domain.errors import InvalidMessage

codec = MsgspecCodec(MessageTypes())

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.none() | st.just(UTC)),
    st.timedeltas(),
    st.uuids(),
)
hashable = st.recursive(plain, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5)
answers = st.recursive(
    hashable,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text() | st.sampled_from(["$date", "$"]), inner, max_size=3),
        st.dictionaries(hashable, inner, max_size=3),
        st.sets(hashable, max_size=3),
    ),
    max_leaves=10,
)


def typed(held: Any) -> Any:
    """A value with its types, which Python's equality passes over: 1 is True."""
    if isinstance(held, list | tuple):
        return type(held), [typed(each) for each in held]
    if isinstance(held, dict):
        return dict, [(typed(key), typed(each)) for key, each in held.items()]
    return type(held), held


@given(answers)
def test_plain_values_come_back_as_they_were(answer: object) -> None:
    assert typed(codec.load(codec.dump(answer))) == typed(answer)


def test_what_json_has_is_json() -> None:
    assert codec.dump({"id": 1, "tags": ["a", None, True, 1.5]}) == '{"id":1,"tags":["a",null,true,1.5]}'
    assert codec.dump(date(2026, 3, 4)) == '{"$date":"2026-03-04"}'


@value
class Answer:
    number: int


@pytest.mark.parametrize("answer", [object(), Answer(1), [Answer(1)], {"a": {1: Answer(1)}}, (Answer(1),), int])
def test_other_values_are_refused(answer: object) -> None:
    with pytest.raises(InvalidMessage, match=r"an answer holds a \w+, which is no plain value"):
        codec.dump(answer)


def test_an_answer_that_holds_itself_is_refused() -> None:
    answer: list[object] = []
    answer.append(answer)
    with pytest.raises(InvalidMessage, match="holds itself"):
        codec.dump(answer)


@pytest.mark.parametrize("text", ["", "{", '{"$date": "tomorrow"}', '{"$colour": "red"}', '{"$uuid": 1}'])
def test_a_text_that_was_not_written_here_is_refused(text: str) -> None:
    with pytest.raises(InvalidMessage, match="an answer cannot be read"):
        codec.load(text)


def test_each_type_is_told_from_its_like() -> None:
    held = [1, 1.0, True, Decimal(1), "1", time(1), timedelta(1), datetime(2026, 1, 1), date(2026, 1, 1), uuid4(), b"1"]
    assert [type(each) for each in codec.load(codec.dump(held))] == [type(each) for each in held]  # type: ignore[attr-defined]  # a list

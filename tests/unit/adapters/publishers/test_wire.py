"""A message is the same JSON whoever hands it on, and can be read by who receives it."""

import json
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unitofwork import Envelope
from unitofwork.adapters.publishers import from_json, to_json
from unitofwork.domain.errors import InvalidMessage
from unitofwork.domain.outbox import Encoded


def test_the_payload_is_part_of_the_json(message: Envelope) -> None:
    assert json.loads(to_json(message)) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "aggregate": "User:42,ö",
        "name": "user.registered",
        "version": 2,
        "recorded_at": "2026-03-04T05:06:07.000008+00:00",
        "payload": {"id": 42, "name": 'größe \0 " €'},
    }


def test_who_receives_it_has_the_same_message(message: Envelope) -> None:
    for received in (to_json(message), to_json(message).encode()):
        read = from_json(received)
        assert (read.id, read.aggregate, read.recorded_at) == (message.id, message.aggregate, message.recorded_at)
        assert (read.content.name, read.content.version) == ("user.registered", 2)
        assert json.loads(read.content.payload) == json.loads(message.content.payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(json_values, st.text(), st.text(min_size=1))
def test_any_payload_comes_back(payload: object, aggregate: str, name: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-3)))
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    message = Envelope(uuid4(), aggregate, Encoded(name, 1, text), moment)
    assert from_json(to_json(message)) == message


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "secret"}', b"\xff"])
def test_what_is_no_message_is_refused(text: str | bytes, message: Envelope) -> None:
    with pytest.raises(InvalidMessage, match="is no message: it needs id, aggregate") as refused:
        from_json(text)
    assert "secret" not in str(refused.value)


def test_a_message_without_a_part_is_refused(message: Envelope) -> None:
    whole = json.loads(to_json(message))
    for part in whole:
        with pytest.raises(InvalidMessage):
            from_json(json.dumps({name: each for name, each in whole.items() if name != part}))

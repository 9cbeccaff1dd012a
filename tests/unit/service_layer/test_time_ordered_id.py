"""Ids of messages are UUIDs of version 7, in the order in which they are made."""

import pickle
from datetime import UTC, datetime
from multiprocessing import get_context
from uuid import RFC_4122, UUID, SafeUUID

import pytest

from unitofwork.service_layer import time_ordered_id as module
from unitofwork.service_layer.time_ordered_id import time_ordered_id

MOMENT = 1_645_557_742_000_000_000
"""That of the example in RFC 9562, appendix A.6, in nanoseconds."""


def at(nanoseconds: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(module, "time_ns", lambda: nanoseconds)
    return str(time_ordered_id())


def test_an_id_is_of_version_7() -> None:
    made = time_ordered_id()
    assert (made.version, made.variant) == (7, RFC_4122)


def test_an_id_begins_with_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert at(MOMENT, monkeypatch).startswith("017f22e2-79b0-7000-")
    assert at(MOMENT + 999_999, monkeypatch).startswith("017f22e2-79b0-7fff-")
    now = datetime.now(UTC)
    monkeypatch.undo()
    assert abs((time_ordered_id().int >> 80) / 1000 - now.timestamp()) < 60


def test_what_is_made_later_is_higher(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [MOMENT + later for later in (0, 250, 500, 999_750, 1_000_000, 10**9, 10**18)]
    made = [at(moment, monkeypatch) for moment in moments]
    assert made == sorted(made)


def test_ids_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len({at(MOMENT, monkeypatch) for _ in range(1000)}) == 1000


def test_an_id_is_like_any_other() -> None:
    made = time_ordered_id()
    assert made == UUID(str(made))
    assert (made.is_safe, pickle.loads(pickle.dumps(made)), {made: 1}[UUID(int=made.int)]) == (
        SafeUUID.unknown,
        made,
        1,
    )


def test_a_forked_process_makes_ids_of_its_own() -> None:
    context = get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=lambda: theirs.send(time_ordered_id()))
    process.start()
    made = time_ordered_id()
    assert ours.poll(30)
    other = ours.recv()
    process.join(30)
    assert made.int & _RANDOM != other.int & _RANDOM


_RANDOM = (1 << 62) - 1

"""Pauses grow, up to a longest one, and differ by chance."""

import pytest

from unitofwork.service_layer.relay import BackOff


def test_each_pause_is_longer_than_the_one_before_up_to_the_longest() -> None:
    back_off = BackOff(first=1, factor=3, longest=20, jitter=0)
    assert [back_off.pause(failures) for failures in (1, 2, 3, 4, 5, 10_000)] == [1, 3, 9, 20, 20, 20]


def test_chance_makes_a_pause_shorter_by_a_share_at_most() -> None:
    back_off = BackOff(first=8, jitter=0.5)
    assert back_off.pause(1, lambda: 0.0) == 8
    assert back_off.pause(1, lambda: 1.0) == 4


def test_ten_attempts_take_hours_by_default() -> None:
    assert 1 < sum(BackOff(jitter=0).pause(failures) for failures in range(1, 10)) / 3600 < 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": 0.0},
        {"factor": -1.0},
        {"longest": 0.0},
        {"first": float("nan")},
        {"longest": float("inf")},
        {"jitter": 1.5},
    ],
)
def test_what_makes_no_pause_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"is more than zero|is a share"):
        BackOff(**wrong)

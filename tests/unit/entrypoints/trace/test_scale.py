"""Where units are on the time line."""

from itertools import pairwise

import pytest

from unit.entrypoints.trace.lived import lived
from unitofwork.entrypoints.trace.keeping import TracedUnit
from unitofwork.entrypoints.trace.lanes import MOST_LANES, OTHERS, lanes_of
from unitofwork.entrypoints.trace.scale import ALL_PAUSES, LONGEST_PAUSE, round_step, scale_of


def test_what_is_busy_is_drawn_in_proportion() -> None:
    scale = scale_of([(10.0, 12.0), (11.0, 14.0)])
    assert [scale.at(moment) for moment in (10.0, 11.0, 12.0, 14.0)] == [0.0, 0.25, 0.5, 1.0]
    assert len(scale.stretches) == 1


def test_a_long_pause_is_cut_short() -> None:
    scale = scale_of([(0.0, 1.0), (100.0, 101.0)])
    (cut,) = scale.cuts
    assert (cut.start, cut.end) == (1.0, 100.0)
    assert cut.width == pytest.approx(2 * LONGEST_PAUSE / (2 + 2 * LONGEST_PAUSE))
    assert scale.at(0.0) == 0.0
    assert scale.at(0.5) == pytest.approx(cut.left / 2)
    assert scale.at(101.0) == pytest.approx(1.0)


def test_many_pauses_leave_room_for_what_is_busy() -> None:
    scale = scale_of([(at * 100.0, at * 100.0 + 1) for at in range(1000)])
    assert sum(cut.width for cut in scale.cuts) <= ALL_PAUSES / (1 + ALL_PAUSES) + 1e-9


def test_moments_stay_in_order_and_on_the_line() -> None:
    scale = scale_of([(5.0, 5.0), (5.0, 5.1), (7.0, 7.2), (30.0, 30.0)])
    places = [scale.at(moment) for moment in (0.0, 5.0, 5.05, 6.0, 7.1, 29.0, 30.0, 99.0)]
    assert places == sorted(places)
    assert places[0] == 0.0
    assert places[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("spans", [[], [(3.0, 3.0)], [(3.0, 3.0), (9.0, 9.0)]])
def test_what_takes_no_time_can_be_drawn(spans: list[tuple[float, float]]) -> None:
    scale = scale_of(spans)
    assert 0.0 <= scale.at(3.0) <= 1.0
    assert list(scale.ticks(8, 0.1))


def test_ticks_are_round_and_apart() -> None:
    scale = scale_of([(3.0, 4.0), (104.0, 105.0)])
    ticks = list(scale.ticks(about=8, apart=0.08))
    moments = [round(moment / 0.5, 6) for moment, _ in ticks]
    assert moments == [int(moment) for moment in moments]
    assert ticks[0] == (0.0, 0.0)
    assert all(after - before >= 0.08 for (_, before), (_, after) in pairwise(ticks))


@pytest.mark.parametrize(("seconds", "rounded"), [(0.3, 0.5), (1.0, 1.0), (0.0021, 0.005), (60.0, 100.0), (0.0, 1e-6)])
def test_round_steps(seconds: float, rounded: float) -> None:
    assert round_step(seconds) == pytest.approx(rounded)


def traced(*workers: str) -> list[TracedUnit]:
    return [TracedUnit(at, lived(worker=worker, started=at, seconds=1.5)) for at, worker in enumerate(workers)]


def span(unit: TracedUnit) -> tuple[float, float]:
    return unit.record.begun.started, unit.record.begun.started + unit.record.seconds


def test_a_lane_for_each_thread_or_task_and_rows_where_units_overlap() -> None:
    lanes = lanes_of(traced("MainThread", "MainThread", "worker", "MainThread"), span)
    assert [lane.name for lane in lanes] == ["MainThread", "worker"]
    assert [[unit.number for unit in row] for row in lanes[0].rows] == [[0, 3], [1]]


def test_many_tasks_share_a_lane() -> None:
    lanes = lanes_of(traced("MainThread", *(f"Task-{number}" for number in range(MOST_LANES))), span)
    assert [lane.name for lane in lanes] == ["MainThread", "Task"]


def test_what_has_no_name_in_common_shares_the_last_lane() -> None:
    lanes = lanes_of(traced(*(f"thread {letter}" for letter in "abcdefghijklmnop")), span)
    assert len(lanes) == MOST_LANES
    assert lanes[-1].name == OTHERS

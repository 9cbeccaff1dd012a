"""What must be true after any number of crashes, once the relay has had time to finish."""

from collections import Counter as Count
from collections import defaultdict
from collections.abc import Iterator

import attrs

from crashes.model import COUNTERS, Steps
from crashes.work import Place
from unitofwork.domain.outbox import MessageState, OutboxMessage
from unitofwork.domain.specification import where


@attrs.frozen
class Ending:
    """What was there in the end.

    Attributes:
        kept: how far each counter got.
        counted: how many steps of each counter arrived.
        waiting: how many messages were not published.
        made: how far each counter got as those were told who made the steps, in this order.
        published: the values of each counter that were handed to the publisher, in this order.
    """

    kept: dict[int, int]
    counted: dict[int, int]
    waiting: int
    made: dict[int, list[int]]
    published: dict[int, list[int]]


def ending(place: Place) -> Ending:
    """Look what there is."""
    database = place.database()
    try:
        with Steps(database).begin(read_only=True) as uow:
            return Ending(
                kept={each.id: each.value for each in uow.counters.find()},
                counted={each.id: each.steps for each in uow.tallies.find()},
                waiting=uow.repository(OutboxMessage).count(where(OutboxMessage.state) != MessageState.PUBLISHED),
                made=_by_counter(place.told("made")),
                published=_by_counter(place.told("published")),
            )
    finally:
        database.dispose()


def _by_counter(lines: list[list[str]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for counter, value in lines:
        found[int(counter)].append(int(value))
    return found


def faults(end: Ending) -> Iterator[str]:
    """What is not as it must be."""
    if end.waiting:
        yield f"{end.waiting} messages were never published"
    for counter in range(COUNTERS):
        kept, published = end.kept[counter], end.published.get(counter, [])
        firsts = list(Count(published))  # in the order in which they came first
        steps = list(range(1, kept + 1))
        if max(end.made.get(counter, [0])) > kept:
            yield f"counter {counter}: a step was lost after its commit had returned"
        if missing := set(steps) - set(firsts):
            yield f"counter {counter}: {len(missing)} committed steps were not published"
        if wrong := set(firsts) - set(steps):
            yield f"counter {counter}: published what was never committed: {sorted(wrong)[:5]}"
        if not missing and not wrong and firsts != steps:
            yield f"counter {counter}: the order was not kept"
        if end.counted[counter] != kept:
            yield f"counter {counter}: {end.counted[counter]} steps were counted, of {kept}"

"""What is sent of a batch, whatever the question left in it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from unitofwork.domain.outbox import Envelope
from unitofwork.service_layer.relay.batch import Pending, Sender

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)


class Accepting:
    def publish(self, message: Envelope) -> None:
        pass

    def close(self) -> None:
        pass


def pending(position: int, aggregate: str, due_at: datetime | None = None) -> Pending:
    return (position, 0, due_at, uuid4(), aggregate, "moved", 1, "{}", NOW)


def test_what_pauses_is_left_with_the_later_ones_of_its_aggregate() -> None:
    batch = [pending(1, "a", LATER), pending(2, "a"), pending(3, "b", NOW), pending(4, "a"), pending(5, "b")]
    sent = Sender(Accepting()).send(batch, NOW, lambda: False)
    assert (sent.published, sent.failed) == ([3, 5], [])

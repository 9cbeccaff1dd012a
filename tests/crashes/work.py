"""What the processes do that are killed: one makes steps, the other publishes them to somebody who counts them."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import attrs
from sqlalchemy import URL

from crashes.model import COUNTERS, NEVER, Stepped, Steps, codec, mapping
from unitofwork import FOR_UPDATE, EngineOptions, SqlAlchemyDatabase
from unitofwork.domain.errors import CommitOutcomeUnknown, DatabaseUnavailable
from unitofwork.domain.outbox import Envelope
from unitofwork.service_layer.inbox import Inbox
from unitofwork.service_layer.outbox import Outbox
from unitofwork.service_layer.relay import BackOff, Relay
from unitofwork.service_layer.retrying import Retrying

LEASE = 2.0
"""Seconds: the process that is killed is missed for so long, where buckets are leased."""

ROLLED_BACK = 0.15
"""How many of the units are rolled back."""

PATIENTLY = Retrying(attempts=1000, timeout=60.0, wait_max=0.2, also=(DatabaseUnavailable,))


@attrs.frozen
class Place:
    """Where the work is done, and where it is told of what was done.

    Attributes:
        url: the database's.
        folder: has a file ``made``, one line for each step that was committed, and ``published``, one line for each
            message that was handed to the publisher. A line that was written survives the process.
    """

    url: URL
    folder: Path

    def database(self) -> SqlAlchemyDatabase:
        """The database, of one process."""
        return SqlAlchemyDatabase(self.url, mapping(), options=EngineOptions(lock_timeout=30))

    def tell(self, file: str) -> Callable[[str], None]:
        """Append lines to a file, each by one write."""
        end = os.open(self.folder / file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

        def write(line: str) -> None:
            os.write(end, f"{line}\n".encode())

        return write

    def told(self, file: str) -> list[list[str]]:
        """The words of each line; a last one that is not whole is no line."""
        path = self.folder / file
        text = path.read_text() if path.exists() else ""
        return [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]


def make_steps(place: Place, seed: int) -> None:
    """Make steps until killed, and roll some back."""
    chance, tell, database = random.Random(seed), place.tell("made"), place.database()

    def step(uow: Steps, number: int, keep: bool) -> int:
        with uow:
            reached = uow.counters.get_one(number, lock=FOR_UPDATE).step(1 if keep else NEVER)
            uow.flush()
            if keep:
                uow.commit()
            return reached

    while True:
        number, keep = chance.randrange(COUNTERS), chance.random() >= ROLLED_BACK
        try:
            reached = PATIENTLY.run(step, lambda: Steps(database, outbox=Outbox(codec())), number, keep)
        except CommitOutcomeUnknown:
            continue  # what became of it the end will show
        if keep:
            tell(f"{number} {reached}")


@attrs.frozen
class Counting:
    """A publisher that tells of each message, and whose receiver counts it once, however often it comes."""

    database: SqlAlchemyDatabase
    tell: Callable[[str], None]

    def publish(self, message: Envelope) -> None:
        """Tell, and count."""
        event = codec().decode(message.content)
        assert isinstance(event, Stepped)
        self.tell(f"{event.counter} {event.value}")
        PATIENTLY.run(self._count, lambda: Steps(self.database, inbox=Inbox(codec())), str(message.id), event.counter)

    def close(self) -> None:
        """Hold nothing."""

    def _count(self, uow: Steps, message: str, counter: int) -> None:
        def count() -> None:
            uow.tallies.get_one(counter, lock=FOR_UPDATE).steps += 1

        with uow:
            uow.once(message, count)
            uow.commit()


def relay(place: Place, database: SqlAlchemyDatabase) -> Relay:
    """The relay that publishes the steps."""
    publisher = Counting(database, place.tell("published"))
    pauses = BackOff(first=0.01, longest=0.1)
    return Relay(lambda: Steps(database), publisher, batch=20, lease=LEASE, interval=0.05, back_off=pauses)


def publish(place: Place) -> None:
    """Publish until killed."""
    relay(place, place.database()).run()

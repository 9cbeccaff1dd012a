"""Kill a service and its relay, or their server, at random moments: ``python -m crashes --help``.

Two processes work on one database: one makes steps, the other publishes them. `crashes.checks` says what must hold.
"""

import argparse
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from sqlalchemy import URL

from crashes.checks import ending, faults
from crashes.model import COUNTERS, Counter, Steps, Tally
from crashes.work import Place, make_steps, publish, relay
from servers.lasting import lasting
from servers.mariadb import mariadb
from servers.postgresql import kind, postgresql
from servers.private import Server, started
from unitofwork.domain.errors import PersistenceError

LONGEST = 0.25
"""Seconds that go by, at most, until the next kill."""

RESTART = 1.0
"""Seconds that go by, at least, until a server that was killed is killed again: it has to recover first."""

RECOVERY = 60.0
"""Seconds that may go by, in the end, until another message is published."""

_fork = get_context("fork")  # starts in milliseconds what would take a second to import


@attrs.define
class Victims:
    """The processes that work, each of which is replaced when it is killed."""

    place: Place
    chance: random.Random
    _running: list[tuple[Callable[[], None], ForkProcess]] = attrs.field(factory=list)

    def start(self, work: Callable[[], None]) -> None:
        """Start one more."""
        process = _fork.Process(target=work, daemon=True)
        process.start()
        self._running.append((work, process))

    def kill_one(self) -> None:
        """Kill one of them, and start another in its place."""
        work, process = self._running.pop(self.chance.randrange(len(self._running)))
        process.kill()
        process.join()
        self.start(work)

    def kill_all(self) -> None:
        """Kill them all."""
        for _, process in self._running:
            process.kill()
            process.join()
        self._running.clear()


def prepare(place: Place) -> None:
    """Create the tables, with counters that stand at nought."""
    database = place.database()
    database.create_schema()
    with Steps(database) as uow:
        uow.counters.add_all(Counter(number) for number in range(COUNTERS))
        uow.tallies.add_all(Tally(number) for number in range(COUNTERS))
        uow.commit()
    database.dispose()


def kill_server(pid_file: Path) -> None:
    """Kill a server; somebody else starts it again."""
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)


def finish(place: Place) -> None:
    """Publish what is left, as long as that gets on; leases that are to run out included."""
    database = place.database()
    finishing, began, waiting = relay(place, database), time.monotonic(), -1
    while waiting and time.monotonic() < began + RECOVERY:
        with suppress(PersistenceError):  # the server may still be starting
            if finishing.run_once():
                began = time.monotonic()
                continue
            waiting = ending(place).waiting
        time.sleep(0.2)
    database.dispose()


def crash(url: URL, kills: int, seed: int, server: Path | None) -> bool:
    """Kill so often, tell what came of it, and return whether all is well."""
    with TemporaryDirectory() as folder:
        place, chance, began = Place(url, Path(folder)), random.Random(seed), time.monotonic()
        prepare(place)
        victims = Victims(place, chance)
        victims.start(lambda: make_steps(place, chance.randrange(2**32)))
        victims.start(lambda: publish(place))
        for _ in range(kills):
            if server is None:
                time.sleep(chance.uniform(0, LONGEST))
                victims.kill_one()
            else:
                time.sleep(chance.uniform(RESTART, 2 * RESTART))
                kill_server(server)
        time.sleep(LONGEST)
        victims.kill_all()
        took = time.monotonic() - began
        finish(place)
        end = ending(place)
    wrong = list(faults(end))
    published, kept = sum(map(len, end.published.values())), sum(end.kept.values())
    print(
        f"{kills} kills in {took:.0f} s ({60 * kills / took:.0f} a minute): {kept} steps committed,"
        f" {published} published, {published - kept} of them again, {len(wrong)} faults",
        *wrong,
        sep="\n",
        flush=True,
    )
    return bool(kept) and not wrong


@contextmanager
def sqlite() -> Generator[tuple[URL, None]]:
    """A file."""
    with TemporaryDirectory() as folder:
        yield URL.create("sqlite", database=f"{folder}/steps.db"), None


@contextmanager
def served(server: Callable[[], AbstractContextManager[Server]]) -> Generator[tuple[URL, None]]:
    """A database of a private server, which stays alive."""
    with server() as running:
        yield running.create_database(), None


@contextmanager
def dying() -> Generator[tuple[URL, Path]]:
    """A database of a private PostgreSQL, which is to be killed itself, and the file that tells its process."""
    with started(lasting(kind())) as running:
        yield running.create_database(), running.folder / "data" / "postmaster.pid"


PLACES: dict[str, Callable[[], AbstractContextManager[tuple[URL, Path | None]]]] = {
    "sqlite": sqlite,
    "postgresql": lambda: served(postgresql),
    "mariadb": lambda: served(mariadb),
    "server": dying,
}
"""Where steps are made; of ``server``, PostgreSQL's own processes are the ones that are killed."""


def main() -> int:
    """Kill as often as the command line says, and tell what came of it; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="crashes", description=__doc__)
    parser.add_argument("--on", nargs="+", choices=list(PLACES), default=list(PLACES), help="all, if not given")
    parser.add_argument("--kills", type=int, default=100, help="how many processes are killed on each (100)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (0)")
    given = parser.parse_args()
    logging.disable(logging.WARNING)  # of each attempt that failed
    well = True
    for name in given.on:
        with PLACES[name]() as (url, server):
            print(f"{name}: ", end="", flush=True)
            well &= crash(url, given.kills, given.seed, server)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())

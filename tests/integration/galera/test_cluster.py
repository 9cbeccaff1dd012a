"""Three nodes under load, to which different units write; one is killed, and another takes its place.

``CLUSTER_SECONDS=60`` makes the load go on for that long before and after the node is killed.
"""

import os
import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from itertools import pairwise
from threading import Event
from time import monotonic
from uuid import UUID, uuid4

import attrs
import pytest
from sqlalchemy import Column, Integer, Table, Uuid
from sqlalchemy.orm import registry

from servers.galera import Cluster, galera
from servers.plugin import required
from servers.proxy import Proxy
from unitofwork import (
    EngineOptions,
    Inbox,
    MessageTypes,
    MsgspecCodec,
    Retrying,
    SqlAlchemyDatabase,
    UnitOfWork,
    entity,
    inbox_table,
    map_entity,
    repository,
)
from unitofwork.domain.errors import DatabaseUnavailable

SECONDS = float(os.environ.get("CLUSTER_SECONDS", "4"))
WALLETS = 12
EACH = 100
WRITERS = 4
PATIENTLY = Retrying(attempts=1000, timeout=60.0, wait_max=0.3, also=(DatabaseUnavailable,))
INBOX = Inbox(MsgspecCodec(MessageTypes()))


@entity
class Wallet:
    """Raises `StaleEntity` for who comes second: row locks of one node are not seen by others."""

    amount: int
    version: int | None = None
    id: int | None = None


@entity
class Transfer:
    """A transfer that was made; its row is the proof."""

    id: UUID


class Bank(UnitOfWork):
    wallets = repository(Wallet)
    transfers = repository(Transfer)


@cache
def mapping() -> registry:
    made = registry()
    wallets = Table(
        "wallets",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("amount", Integer, nullable=False),
        Column("version", Integer, nullable=False),
    )
    map_entity(made, Wallet, wallets, version_id_col=wallets.c.version)
    map_entity(made, Transfer, Table("transfers", made.metadata, Column("id", Uuid, primary_key=True)))
    inbox_table(made.metadata)
    return made


def transfer(uow: Bank, number: UUID, giver: int, taker: int, amount: int) -> None:
    def move() -> None:
        uow.wallets.get_one(giver).amount -= amount
        uow.wallets.get_one(taker).amount += amount
        uow.transfers.add(Transfer(number))

    with uow:
        uow.once(str(number), move)
        uow.commit()


@attrs.define
class Writer:
    """Makes transfers by one way to the cluster, until it is told to stop."""

    proxy: Proxy
    stop: Event
    made: dict[UUID, float] = attrs.field(factory=dict)

    def work(self, seed: int) -> None:
        chance = random.Random(seed)
        database = SqlAlchemyDatabase(self.proxy.url, mapping(), options=EngineOptions(lock_timeout=5))
        while not self.stop.is_set():
            number = uuid4()
            giver, taker = chance.sample(range(1, WALLETS + 1), 2)
            PATIENTLY.run(transfer, lambda: Bank(database, inbox=INBOX), number, giver, taker, chance.randint(1, 9))
            self.made[number] = monotonic()
        database.dispose()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with required("galera", galera(3)) as made:
        yield made


def test_no_unit_is_lost_or_doubled_when_a_node_is_killed(cluster: Cluster) -> None:
    url = cluster.nodes[0].create_database()
    first = SqlAlchemyDatabase(url, mapping())
    first.create_schema()
    with Bank(first) as uow:
        uow.wallets.add_all(Wallet(EACH, id=number) for number in range(1, WALLETS + 1))
        uow.commit()
    first.dispose()
    stop = Event()
    with ExitStack() as running, ThreadPoolExecutor(WRITERS) as threads:
        nodes = [cluster.nodes[number % 3] for number in range(WRITERS)]
        proxies = [running.enter_context(Proxy(node.url.set(database=url.database))) for node in nodes]
        writers = [Writer(proxy, stop) for proxy in proxies]
        running.callback(stop.set)
        working: list[Future[None]] = [threads.submit(each.work, seed) for seed, each in enumerate(writers)]
        stop.wait(SECONDS)
        victim, heir = cluster.nodes[0], cluster.nodes[1]
        killed = monotonic()
        cluster.kill(victim)
        for proxy, node in zip(proxies, nodes, strict=True):
            if node is victim:
                proxy.lead_to(heir.url)
        stop.wait(SECONDS)
        cluster.join()
        stop.wait(SECONDS)
        stop.set()
        for each in working:
            each.result(90)
    made = {number: when for writer in writers for number, when in writer.made.items()}
    for number, writer in enumerate(writers):
        assert any(when > killed for when in writer.made.values()), f"writer {number} made nothing after the kill"
    cluster.settle()
    for node in cluster.nodes:
        database = SqlAlchemyDatabase(node.url.set(database=url.database), mapping())
        with Bank(database).begin(read_only=True) as uow:
            assert {each.id for each in uow.transfers.find()} == made.keys()
            assert sum(each.amount for each in uow.wallets.find()) == WALLETS * EACH
        database.dispose()
    after = sorted(when for when in made.values() if when > killed)
    longest = max(later - earlier for earlier, later in pairwise([killed, *after]))
    print(f"{len(made)} transfers, longest pause after the kill {longest:.2f} s")

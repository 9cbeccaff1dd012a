"""A private Galera cluster: several MariaDBs on loopback that commit together.

A node that joins has its state copied to it by rsync, which takes some seconds.
"""

import os
import signal
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import attrs
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from servers.mariadb import Programs, kind, prepare, programs
from servers.private import HOST, Place, Server, ServerMissing, free_port, started

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
NEEDED = ("wsrep_sst_rsync", "rsync")
"""The programs, besides MariaDB's, that copy a state."""

PATIENCE = 60
"""Seconds that a killed node is given to be gone."""

_HASTE = (
    "evs.suspect_timeout=PT3S;evs.inactive_timeout=PT10S;evs.inactive_check_period=PT0.2S;evs.keepalive_period=PT0.3S"
)
"""How soon the others notice that a node is gone; sooner, two that are merely slow give each other up as well."""


@attrs.define
class Cluster:
    """A running cluster, whose nodes can be killed and replaced."""

    _programs: Programs
    _running: ExitStack
    nodes: list[Server] = attrs.field(factory=list[Server])
    _groups: list[int] = attrs.field(factory=list[int])

    def join(self) -> Server:
        """Start one more node, and wait until it has what the others have."""
        group = free_port()
        making = partial(_prepare, self._programs, group, list(self._groups))
        first = self.nodes[0].url.password if self.nodes else None
        chosen = attrs.evolve(kind(making), name="galera", ready="Synchronized with group")
        if self.nodes:
            self.settle()  # a cluster that is just losing a node takes no other
        node = self._running.enter_context(started(chosen, password=None if first is None else str(first)))
        self.nodes.append(node)
        self._groups.append(group)
        return node

    def kill(self, node: Server) -> None:
        """Kill a node, so that nobody is told."""
        place = self.nodes.index(node)
        os.kill(int((node.folder / "pid").read_text()), signal.SIGKILL)
        del self.nodes[place], self._groups[place]
        deadline = monotonic() + PATIENCE
        while node.folder.exists() and monotonic() < deadline:
            sleep(0.05)

    def settle(self) -> None:
        """Wait until every node has all that was committed.

        Raises:
            TimeoutError: they do not come together.
        """
        deadline = monotonic() + PATIENCE
        while not all(self._is_settled(node) for node in self.nodes):
            if monotonic() > deadline:
                raise TimeoutError(f"the nodes did not come together in {PATIENCE} seconds")
            sleep(0.1)

    def _is_settled(self, node: Server) -> bool:
        try:
            with create_engine(node.url, poolclass=NullPool).connect() as connection:
                rows = connection.execute(text("SHOW STATUS LIKE 'wsrep_%'"))
                status = {str(name): str(value) for name, value in rows}
        except OperationalError:  # it is of no use as long as it does not know who the others are
            return False
        return (
            status["wsrep_local_state_comment"] == "Synced"
            and int(status["wsrep_cluster_size"]) == len(self.nodes)
            and status["wsrep_local_recv_queue"] == "0"
        )


@contextmanager
def galera(size: int) -> Generator[Cluster]:
    """Start a cluster, in a block.

    Raises:
        ServerMissing: this machine lacks something that it needs.
        ServerFailed: a node did not start.
    """
    found = programs()
    lacking = [each for each in NEEDED if found.beside(each) is None]
    if not PROVIDER.exists() or lacking:
        raise ServerMissing(f"there is no Galera: install galera-4, mariadb-server and rsync ({', '.join(lacking)})")
    with ExitStack() as running:
        cluster = Cluster(found, running)
        for _ in range(size):
            cluster.join()
        yield cluster


def _prepare(found: Programs, group: int, others: list[int], place: Place) -> list[list[str]]:
    provider = f"gmcast.listen_addr=tcp://{HOST}:{group};ist.recv_addr={HOST}:{free_port()};gcache.size=16M;{_HASTE}"
    settings = {
        "wsrep-on": "ON",
        "wsrep-provider": str(PROVIDER),
        "wsrep-provider-options": provider,
        "wsrep-cluster-name": "private",
        "wsrep-cluster-address": "gcomm://" + ",".join(f"{HOST}:{port}" for port in others),
        "wsrep-node-name": f"node{group}",
        "wsrep-node-address": HOST,
        "wsrep-sst-method": "rsync",
        "wsrep-sst-receive-address": f"{HOST}:{free_port()}",
        "binlog-format": "ROW",
        "innodb-autoinc-lock-mode": "2",
    }
    install, server = prepare(found, place, settings)
    if not others:
        return [install, server]
    joiner = [option for option in server if not option.startswith("--init-file")]
    return [["mkdir", str(place.folder / "data")], joiner]  # by its user; what is in it comes from another node

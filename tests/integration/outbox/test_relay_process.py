"""``unitofwork outbox relay`` as a process: it publishes until it is told to end, and notes what it published."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contract.models import parcels
from contract.models.parcels import OUTBOX, Depot, moved
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.outbox import MessageState

PATIENCE = 60
"""Seconds."""

SHOP = """
import sys
from pathlib import Path

sys.path.insert(0, {tests!r})

from contract.models.parcels import OUTBOX, Depot, mapping
from unitofwork import SqlAlchemyDatabase
from unitofwork.entrypoints.cli.application import Application


class ToFile:
    def publish(self, message):
        with Path("published").open("a") as file:
            file.write(message.content.payload + "\\n")

    def close(self):
        Path("closed").touch()


def application():
    database = SqlAlchemyDatabase("sqlite:///shop.db", mapping())
    return Application(units=lambda: Depot(database, outbox=OUTBOX), publisher=ToFile(), close=database.dispose)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "shop.py").write_text(SHOP.format(tests=str(Path(__file__).parents[2])))
    database = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'shop.db'}", parcels.mapping())
    database.create_schema()
    command = [sys.executable, "-m", "unitofwork.entrypoints.cli", "outbox", "relay", "--app", "shop:application"]
    relay = subprocess.Popen([*command, "--interval", "0.05", "--json"], cwd=tmp_path, stdout=subprocess.PIPE)
    try:
        moved(lambda: Depot(database, outbox=OUTBOX), "aab")
        _until_there_are(tmp_path / "published", 3)
        relay.send_signal(number)
        answered, _ = relay.communicate(timeout=PATIENCE)
    finally:
        relay.kill()
        relay.wait()
    assert relay.returncode == 0
    assert json.loads(answered) == {"published": 3}
    assert (tmp_path / "closed").exists()
    with Depot(database) as uow:
        assert {message.state for message in uow.messages.find()} == {MessageState.PUBLISHED}
    database.dispose()


def _until_there_are(file: Path, lines: int) -> None:
    end = time.monotonic() + PATIENCE
    while not file.exists() or len(file.read_text().splitlines()) < lines:
        assert time.monotonic() < end, "nothing was published"
        time.sleep(0.02)

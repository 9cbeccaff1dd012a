"""Runs a server for as long as the process that asked for it lives; then stops it and removes its folder.

A program of its own, in a session of its own, so that it outlives whoever started it. Its argument is the folder; its
plan is the first line of its standard input; a second line, or the end of input, tells it to stop. The end comes with
the death of the process at the other side, SIGKILL included.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

PATIENCE = 10
"""Seconds that a server is given to stop."""

TAIL = 4000
"""How many bytes of the log are printed in the end; a pipe holds more, so that nobody need read them."""


class Watch:
    """Runs the commands of a plan one after the other, until they end or are told to."""

    def __init__(self, folder: Path, plan: dict[str, Any]) -> None:
        self._folder = folder
        self._plan = plan
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False

    def run(self) -> None:
        with (self._folder / "log").open("ab") as log:
            for command in self._plan["commands"]:
                with self._lock:
                    if self._over:
                        return
                    self._process = self._start(command, log.fileno())
                if self._process.wait() != 0:
                    return

    def stop_at_end_of_input(self) -> None:
        sys.stdin.readline()
        with self._lock:
            self._over = True
        if self._process is not None:
            _end(self._process, self._plan["stop"])

    def _start(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        user = self._plan["user"]
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._plan["environment"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=user["user"],
            group=user["group"],
            extra_groups=user["extra_groups"],
        )


def _end(process: "subprocess.Popen[bytes]", stop: int) -> None:
    process.send_signal(stop)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    """Guard the folder, and do what the first line of input says."""
    folder = Path(sys.argv[1])
    try:
        plan = sys.stdin.readline()
        if plan:
            watch = Watch(folder, json.loads(plan))
            threading.Thread(target=watch.stop_at_end_of_input, daemon=True).start()
            watch.run()
            sys.stdout.write((folder / "log").read_bytes()[-TAIL:].decode(errors="replace"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""The steps that a page tells: files to write, commands to run and Python to try, in the order of the page.

A Python, TOML or INI block that begins with a comment which is nothing but a file's name is written to that file, in
a folder that is empty at first; with ``, more`` behind the name it is added to that. In a ``console`` block, each
line after ``$`` is a command that must succeed, and the lines below are what it prints: ``...`` stands for anything.
Any other Python block goes on where the one before it ended.
"""

import re
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from functools import reduce
from pathlib import Path
from typing import Self

import attrs

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.(?:py|toml|ini|cfg))(, more)?\n")
_ANYTHING = re.compile(r"\\\.\\\.\\\.")


@attrs.frozen
class File:
    """Writes a file."""

    name: str
    text: str
    more: bool

    def write(self, folder: Path) -> None:
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if self.more else "w", encoding="utf-8") as file:
            file.write(self.text)


@attrs.frozen
class Command:
    """A line to run, and what it should print; None if the page does not say."""

    line: str
    printed: str | None


@attrs.frozen
class Shell:
    """Runs commands in a folder; what it was told to leave running is ended with the block."""

    folder: Path
    environment: dict[str, str]
    _running: ExitStack = attrs.field(factory=ExitStack)

    def run(self, command: Command, here: Mapping[str, str]) -> None:
        """Run a command, with some words replaced; one that ends with ``&`` is left running, once it listens."""
        line = reduce(lambda text, word: text.replace(word, here[word]), here, command.line)
        if line.endswith("&"):
            self._leave_running(line.removesuffix("&"))
            return
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"$ {line}\n{done.stdout}"
        if command.printed is not None:
            pattern = _ANYTHING.sub(".*?", re.escape(command.printed.strip()))
            assert re.fullmatch(pattern, done.stdout.strip(), re.DOTALL), f"$ {line}\n{done.stdout}"

    def _leave_running(self, line: str) -> None:
        """Start a server, and wait until it says that it is there."""
        server = subprocess.Popen(
            ["bash", "-c", f"exec env {line}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._running.callback(server.communicate)
        self._running.callback(server.kill)
        assert server.stdout is not None
        said: list[str] = []
        for text in server.stdout:
            said.append(text)
            if "running on" in text:
                return
        raise AssertionError(f"$ {line}\n{''.join(said)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()


@attrs.frozen
class Python:
    """Python that goes on where the one before it ended."""

    code: str


Step = File | Command | Python


def steps(page: str) -> list[Step]:
    """All steps of a page, in order."""
    return [step for language, block in _BLOCK.findall(page) for step in _steps(language, block)]


def _steps(language: str, block: str) -> list[Step]:
    if language == "console":
        return _commands(block)
    named = _FILE.match(block) if language in ("python", "toml", "ini") else None
    if named:
        return [File(named[1], block if not named[2] else "\n\n" + block[named.end() :], named[2] is not None)]
    return [Python(block)] if language == "python" else []


def _commands(block: str) -> list[Step]:
    found: list[Step] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, printed = part.partition("\n")
        while line.endswith("\\"):
            more, _, printed = printed.partition("\n")
            line = f"{line[:-1]}{more.strip()}"
        found.append(Command(line, printed if printed.strip() else None))
    return found

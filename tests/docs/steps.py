"""The steps that a page tells: files to write, commands to run and Python to try, in the order of the page.

A Python, TOML or INI block that begins with a comment which is nothing but a file's name is written to that file, in
a folder that is empty at first; with ``, more`` behind the name it is added to that. In a ``console`` block, each
line after ``$`` is a command that must succeed, and the lines below are what it prints: ``...`` stands for anything.
Any other Python block goes on where the one before it ended.
"""

import re
import subprocess
from pathlib import Path

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
    """Runs a command, and tells what it should print; None if the page does not say."""

    line: str
    printed: str | None

    def run(self, folder: Path, environment: dict[str, str]) -> None:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.line],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"$ {self.line}\n{done.stdout}"
        if self.printed is not None:
            pattern = _ANYTHING.sub(".*?", re.escape(self.printed.strip()))
            assert re.fullmatch(pattern, done.stdout.strip(), re.DOTALL), f"$ {self.line}\n{done.stdout}"


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

"""The source of a search while it is written: what it names, what it does first, and what it then tests."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table


class Code:
    """Writes a function of a reader, as ``reader``, and of the operands' values, as ``p``."""

    def __init__(self, late: dict[int, Callable[[Any], Any]]) -> None:
        self._late = late
        self._names: dict[str, Any] = {}
        self._known: dict[int, str] = {}
        self._opening: dict[str, str] = {}
        self._lines: list[str] = []
        self._count = 0

    def fresh(self, prefix: str) -> str:
        """A name that nothing has yet."""
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, thing: object) -> str:
        """The name of a thing that is known when the function is made."""
        if id(thing) not in self._known:
            name = self.fresh("c")
            self._known[id(thing)] = name
            self._names[name] = thing
        return self._known[id(thing)]

    def table(self, table: Table) -> str:
        """The name of what the reader knows a table by."""
        constant = self.constant(table)
        return self._first(f"t_{constant}", f"reader.table({constant})")

    def operand(self, number: int, part: int | None = None) -> str:
        """The name of an operand's value, or of a part of it."""
        value = f"p[{number}]"
        if number in self._late:
            value = f"{self.constant(self._late[number])}({value})"
        name = self._first(f"p{number}", value)
        return name if part is None else self._first(f"p{number}_{part}", f"{name}[{part}]")

    def method(self, name: str) -> str:
        """The name of a method of the reader."""
        return self._first(name, f"reader.{name}")

    def computed(self, expression: str) -> str:
        """The name of what is computed once, before anything is tested."""
        name = self.fresh("k")
        self.line(f"{name} = {expression}")
        return name

    def line(self, text: str) -> None:
        """Write a line of what is done first."""
        self._lines.append(text)

    def function(self, *lines: str) -> Callable[[Any, Any], Any]:
        """Make the function, which ends in these lines."""
        opening = [f"{name} = {value}" for name, value in self._opening.items()]
        body = "\n".join(f"    {line}" for line in (*opening, *self._lines, *lines))
        exec(f"def search(reader, p):\n{body}", self._names)
        made: Callable[[Any, Any], Any] = self._names["search"]
        return made

    def _first(self, name: str, value: str) -> str:
        self._opening.setdefault(name, value)
        return name

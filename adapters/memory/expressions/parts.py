"""Parts of an expression, as source of Python, and the writer that puts them together.

Source is made of names that the writer gives only; values are never written into it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from unitofwork.adapters.memory.expressions.kinds import BOOLEAN, UNKNOWN, SqlType


@attrs.frozen
class Part:
    """What is evaluated.

    Attributes:
        type: of its value.
        code: its source, which gives None for NULL.
        nullable: whether it may be NULL.
        simple: whether evaluating it is free, and never fails.
        text: of a literal whose type is not known yet, what it says.
    """

    type: SqlType
    code: str
    nullable: bool = True
    simple: bool = False
    text: str | None = None


NULL = Part(UNKNOWN, "None", simple=True)
TRUE = Part(BOOLEAN, "True", nullable=False, simple=True)
FALSE = Part(BOOLEAN, "False", nullable=False, simple=True)


class Writer:
    """Writes one function.

    Attributes:
        names: what the source refers to.
        functions: the source of functions that it calls, for subqueries.
    """

    def __init__(self) -> None:
        self.names: dict[str, object] = {}
        self.functions: list[str] = []
        self._count = 0

    def name(self, letter: str) -> str:
        """A name that is not taken."""
        self._count += 1
        return f"{letter}{self._count}"

    def refer(self, value: object) -> str:
        """A name for a value."""
        name = self.name("c")
        self.names[name] = value
        return name

    def constant(self, type_: SqlType, value: object) -> Part:
        """A value that is known."""
        if value is None:
            return attrs.evolve(NULL, type=type_)
        return Part(type_, self.refer(value), nullable=False, simple=True)

    def literal(self, text: str) -> Part:
        """A text whose type is not known yet."""
        return Part(UNKNOWN, self.refer(text), nullable=False, simple=True, text=text)

    def strict(self, type_: SqlType, template: str, *parts: Part) -> Part:
        """What is NULL if any of the parts is; the template has the place of each once or more."""
        names: list[str] = []
        tests: list[str] = []
        for part in parts:
            if part.simple and not part.nullable:
                names.append(part.code)
                continue
            name = self.name("v")
            names.append(name)
            tests.append(f"({name} := {part.code}) is None")
        code = template.format(*names)
        if not tests:
            return Part(type_, code, nullable=False)
        # SQL evaluates each part, whose failure counts even if another one is NULL.
        word = " or " if all(part.simple for part in parts[1:]) else " | "
        asked = word.join(f"({test})" for test in tests) if word == " | " else word.join(tests)
        return Part(type_, f"(None if {asked} else {code})", nullable=any(part.nullable for part in parts))

    def call(self, type_: SqlType, function: Callable[..., Any], *parts: Part) -> Part:
        """A function that is given the parts, but for NULL."""
        places = ", ".join(f"{{{place}}}" for place in range(len(parts)))
        return attrs.evolve(self.strict(type_, f"{self.refer(function)}({places})", *parts), nullable=True)

    def now(self, type_: SqlType, convert: Callable[..., Any] | None = None) -> Part:
        """The transaction's time, or what is made of it."""
        code = "reader.now()" if convert is None else f"{self.refer(convert)}(reader.now())"
        return Part(type_, code, nullable=False)

    def call_always(self, type_: SqlType, function: Callable[..., Any], parts: Sequence[Part]) -> Part:
        """A function that is given the parts, and None for NULL."""
        return Part(type_, f"{self.refer(function)}({', '.join(part.code for part in parts)})")

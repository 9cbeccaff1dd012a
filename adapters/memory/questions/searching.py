"""Conditions compiled to searches: functions of Python that go through rows, or ask an index."""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import Column

from unitofwork.adapters.memory.questions.access import Access, ByKey, access_of, conjuncts_of
from unitofwork.adapters.memory.questions.code import Code
from unitofwork.adapters.memory.questions.comparing import comparison
from unitofwork.adapters.memory.questions.nodes import All, Any_, Compared, Exists, Negated, Node, Unknown
from unitofwork.adapters.memory.questions.records import Records
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.memory.questions.resolving import Resolved
from unitofwork.adapters.memory.questions.truth import UNKNOWN, Truth, all_true, any_true, known
from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.domain.condition import Operator

Search: TypeAlias = Callable[[Reader, list[Any]], Any]
"""Answers from the operands' values, as they were bound."""


def finding(records: Records, resolved: Resolved) -> Search:
    """Compile a search for all records of which a condition is true."""
    writer = _Writer(resolved)
    rows, test = writer.search(records, resolved.node, "r")
    return writer.code.function(f"return list({rows})" if test is None else f"return [r for r in {rows} if {test}]")


def probing(records: Records, resolved: Resolved) -> Search:
    """Compile a search that tells whether a condition is true of any record."""
    writer = _Writer(resolved)
    rows, test = writer.search(records, resolved.node, "r")
    return writer.code.function(f"for r in {rows}:", f"    if {test or True}: return True", "return False")


class _Writer:
    def __init__(self, resolved: Resolved) -> None:
        self.code = Code(resolved.late)

    def search(self, records: Records, node: Node, record: str) -> tuple[str, str | None]:
        """The rows to look at, and what is true of those that are found; None if it is true of all."""
        conjuncts = conjuncts_of(node)
        access = access_of(records, conjuncts)
        if access is None:
            rows, rest, few = self._all(records), conjuncts, False
        else:
            rows, done = self._led_to(records, access)
            rest, few = tuple(each for each in conjuncts if each not in done), True
        return rows, all_true([self._truth(each, record, few) for each in rest]).true if rest else None

    def _all(self, records: Records) -> str:
        if records.is_plain:
            return f"{self.code.method('rows')}({self.code.table(records.tables[0])})"
        return f"{self.code.constant(records)}.all(reader)"

    def _found(self, records: Records, columns: tuple[Column[Any], ...], values: str) -> str:
        """The records with these values, as a collection."""
        if records.is_plain and columns == tuple(records.tables[0].primary_key.columns):
            row = f"{self.code.method('by_key')}({self.code.table(records.tables[0])}, {values})"
            return f"{self.code.constant(_collected)}({row})"
        names = self.code.constant(columns)
        if records.is_plain:
            return f"{self.code.method('find')}({self.code.table(records.tables[0])}, {names}, {values})"
        return f"{self.code.constant(records)}.find(reader, {names}, {values})"

    def _led_to(self, records: Records, access: Access) -> tuple[str, tuple[Node, ...]]:
        """The records that an index leads to, and what is true of all of them."""
        code = self.code
        if isinstance(access, ByKey):
            operands = [code.operand(node.number, node.part) for node in access.nodes]
            if access.nodes[0].operator is Operator.EQUAL:
                return self._found(records, access.columns, _tuple(operands)), access.nodes
            each = code.fresh("e")
            found = self._found(records, access.columns, f"({each},)")
            distinct = f"dict.fromkeys({operands[0]})"
            if access.nodes[0].attribute.codec.key is not None:
                key = code.constant(access.nodes[0].attribute.codec.key)
                distinct = f"{{{key}({each}): {each} for {each} in {operands[0]} if {each} is not None}}.values()"
            return f"[s for {each} in {distinct} for s in {found}]", access.nodes
        keys = self._related_keys(access.exists, few=True)
        each = code.fresh("e")
        related = access.exists.related
        values = f"({each},)" if len(related.columns) == 1 else each
        return f"[s for {each} in {keys} for s in {self._found(records, related.columns, values)}]", (access.exists,)

    def _truth(self, node: Node, record: str, few: bool) -> Truth:
        match node:
            case Compared():
                return comparison(node, record, self.code)
            case All(parts):
                return all_true([self._truth(each, record, few) for each in parts])
            case Any_(parts):
                return any_true([self._truth(each, record, few) for each in parts])
            case Negated(part):
                return self._truth(part, record, few).negated()
            case Exists():
                return known(self._exists(node, record, few))
            case Unknown():
                return UNKNOWN

    def _exists(self, exists: Exists, record: str, few: bool) -> str:
        """The test whether a related record is there.

        Of few records, each one's own are looked at. Else those that are looked for are found once, and each record
        is tested for being related to one.
        """
        related = exists.related
        values = [f"{record}[{place}]" for place in related.places]
        if few or not related.remote or related.condition is not None:
            return f"{self._each(exists)}({_tuple(values)})"
        keys = self._related_keys(exists, few=False)
        return f"{values[0] if len(values) == 1 else _tuple(values)} in {keys}"

    def _each(self, exists: Exists) -> str:
        """Write a function that tells of the values here whether a related record is there; its name."""
        code, related = self.code, exists.related
        record, name = code.fresh("r"), code.fresh("f")
        test = self._truth(exists.inside, record, few=True).true
        if related.is_plain:
            rows = self._found(related.target, related.remote, "values")
        else:
            rows = f"{code.constant(related)}.find(reader, values)"
        code.line(f"def {name}(values):")
        code.line(f"    for {record} in {rows}:")
        code.line(f"        if {test}: return True")
        code.line("    return False")
        return name

    def _related_keys(self, exists: Exists, *, few: bool) -> str:
        """Write a set of the values that records have which are related to what is looked for; its name."""
        code, related = self.code, exists.related
        record = code.fresh("r")
        rows, test = self.search(related.target, exists.inside, record)
        keys = self._set(related, [f"{record}[{place}]" for place in related.remote_places], record, rows, test)
        if related.link is None:
            return keys
        link, row = related.link, code.fresh("r")
        table = code.table(link.table)
        far = [f"{row}[{place}]" for place in link.far_places]
        near = [f"{row}[{place}]" for place in link.near_places]
        if few:
            each = code.fresh("e")
            values = f"({each},)" if len(far) == 1 else each
            found = f"{code.method('find')}({table}, {code.constant(link.far)}, {values})"
            rows, test = f"[s for {each} in {keys} for s in {found}]", None
        else:
            rows = f"{code.method('rows')}({table})"
            test = f"{far[0] if len(far) == 1 else _tuple(far)} in {keys}"
        return self._set(related, near, row, rows, test)

    def _set(self, related: Related, values: list[str], record: str, rows: str, test: str | None) -> str:
        """Write a set of values of rows, without those of which one is None; its name."""
        tests = [f"{value} is not None" for value in values] + ([] if test is None else [f"({test})"])
        value = values[0] if len(values) == 1 else _tuple(values)
        return self.code.computed(f"{{{value} for {record} in {rows} if {' and '.join(tests)}}}")


def _tuple(values: list[str]) -> str:
    return f"({', '.join(values)},)"


def _collected(row: Row | None) -> tuple[Row, ...]:
    return () if row is None else (row,)

"""Functions that are called in text."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from unitofwork.adapters.memory.expressions import functions
from unitofwork.adapters.memory.expressions.parsing import Node
from unitofwork.adapters.memory.expressions.parts import Part
from unitofwork.adapters.memory.expressions.time_functions import extract

if TYPE_CHECKING:
    from unitofwork.adapters.memory.expressions.parsed_nodes import Texts


def _extract(here: "Texts", node: Node) -> Part:
    return extract(here.writer, str(node.this.this).lower(), here.part(node.expression))


def _truncated(here: "Texts", node: Node) -> Part:
    unit = str(node.args["unit"].this).lower()
    field = here.writer.literal(unit)
    return functions.call(here.writer, "date_trunc", [field, here.part(node.this)])


def _trim(here: "Texts", node: Node) -> Part:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "btrim")
    return functions.call(here.writer, name, here.arguments(node, ("this", "expression")))


def _padded(here: "Texts", node: Node) -> Part:
    name = "lpad" if node.args.get("is_left") else "rpad"
    return functions.call(here.writer, name, here.arguments(node, ("this", "expression", "fill_pattern")))


def _named(here: "Texts", node: Node) -> Part:
    name = str(node.this).lower()
    return functions.call(here.writer, name, [here.part(each) for each in node.expressions])


def _initcap(here: "Texts", node: Node) -> Part:
    return functions.call(here.writer, "initcap", [here.part(node.this)])


FUNCTIONS: Mapping[type[Node], tuple[str, tuple[str, ...]]] = {
    exp.Abs: ("abs", ("this",)),
    exp.Ceil: ("ceil", ("this",)),
    exp.Floor: ("floor", ("this",)),
    exp.Round: ("round", ("this", "decimals")),
    exp.Trunc: ("trunc", ("this", "decimals")),
    exp.Sign: ("sign", ("this",)),
    exp.Sqrt: ("sqrt", ("this",)),
    exp.Length: ("length", ("this",)),
    exp.Lower: ("lower", ("this",)),
    exp.Upper: ("upper", ("this",)),
    exp.Substring: ("substring", ("this", "start", "length")),
    exp.Left: ("left", ("this", "expression")),
    exp.Right: ("right", ("this", "expression")),
    exp.Replace: ("replace", ("this", "expression", "replacement")),
    exp.Repeat: ("repeat", ("this", "times")),
    exp.Reverse: ("reverse", ("this",)),
    exp.StrPosition: ("strpos", ("this", "substr")),
    exp.StartsWith: ("starts_with", ("this", "expression")),
    exp.SplitPart: ("split_part", ("this", "delimiter", "part_index")),
    exp.Ascii: ("ascii", ("this",)),
    exp.CurrentTimestamp: ("now", ()),
    exp.Localtimestamp: ("localtimestamp", ()),
    exp.CurrentDate: ("current_date", ()),
    exp.Localtime: ("localtime", ()),
    exp.Date: ("date", ("this",)),
    exp.AtTimeZone: ("timezone", ("zone", "this")),
    exp.Uuid: ("gen_random_uuid", ()),
    exp.ConcatWs: ("concat_ws", ("expressions",)),
    exp.Greatest: ("greatest", ("this", "expressions")),
    exp.Least: ("least", ("this", "expressions")),
    exp.Nullif: ("nullif", ("this", "expression")),
    exp.Coalesce: ("coalesce", ("this", "expressions")),
}
"""Nodes that stand for functions, with the names of their arguments in PostgreSQL's order."""

CALLS: Mapping[type[Node], tuple[Callable[["Texts", Node], Part], tuple[str, ...]]] = {
    exp.Extract: (_extract, ("this", "expression")),
    exp.TimestampTrunc: (_truncated, ("this", "unit")),
    exp.Trim: (_trim, ("this", "expression", "position")),
    exp.Pad: (_padded, ("this", "expression", "fill_pattern", "is_left")),
    exp.Initcap: (_initcap, ("this", "expression")),
    exp.Anonymous: (_named, ("this", "expressions")),
}
"""Nodes of functions that are more than their arguments in order, with what translates each and what it reads."""

"""The nodes of expressions that were written as text, each translated.

What a node holds beyond what is read of it would change its meaning, so that such a node is refused.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy.dialects import postgresql
from sqlglot import exp

from unitofwork.adapters.memory.expressions import casting, comparing, functions, logic, operating
from unitofwork.adapters.memory.expressions.converting import as_text
from unitofwork.adapters.memory.expressions.json_paths import element, element_at
from unitofwork.adapters.memory.expressions.kinds import BIGINT, INTEGER, NUMERIC, sql_type
from unitofwork.adapters.memory.expressions.literals import read
from unitofwork.adapters.memory.expressions.parsed_functions import CALLS, FUNCTIONS
from unitofwork.adapters.memory.expressions.parsed_types import type_of
from unitofwork.adapters.memory.expressions.parsing import Node, given_in
from unitofwork.adapters.memory.expressions.parts import FALSE, NULL, TRUE, Part, Writer
from unitofwork.adapters.memory.expressions.patterns import matched
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate
from unitofwork.adapters.memory.expressions.regular import searched
from unitofwork.adapters.memory.expressions.scopes import Scope


class Texts:
    """Translates nodes inside one scope."""

    def __init__(self, writer: Writer, scope: Scope) -> None:
        self.writer = writer
        self.scope = scope

    def part(self, node: Node) -> Part:
        """Translate a node.

        Raises:
            CannotEvaluate: naming the construct.
        """
        kind = type(node)
        if kind in FUNCTIONS:
            name, arguments = FUNCTIONS[kind]
            self.only(node, *arguments)
            return functions.call(self.writer, name, self.arguments(node, arguments))
        if kind in _NODES:
            translate, arguments = _NODES[kind]
            self.only(node, *arguments)
            return translate(self, node)
        raise CannotEvaluate(f"the construct {kind.__name__} in text")

    def only(self, node: Node, *arguments: str) -> None:
        others = given_in(node).difference(arguments, _MEANINGLESS)
        if others:
            raise CannotEvaluate(f"{type(node).__name__} with {', '.join(sorted(others))} in text")

    def arguments(self, node: Node, names: tuple[str, ...]) -> list[Part]:
        found: list[Part] = []
        for name in names:
            value = node.args.get(name)
            if isinstance(value, list):
                found.extend(self.part(each) for each in cast("list[Node]", value))
            elif value is not None:
                found.append(self.part(value))
        return found


def _column(here: Texts, node: Node) -> Part:
    name, table = _identifier(node.args["this"]), node.args.get("table")
    owner = None if table is None else _identifier(table)
    matching = [
        (column, code)
        for column, code in here.scope.columns()
        if column.name == name and owner in (None, column.table.name)
    ]
    if len({code for _, code in matching}) != 1:
        raise CannotEvaluate(f"the name {name} in text, which is {'ambiguous' if matching else 'not at hand'}")
    column, code = matching[0]
    return Part(sql_type(column.type), code, simple=True)


def _literal(here: Texts, node: Node) -> Part:
    text = node.args["this"]
    if node.args["is_string"]:
        return here.writer.literal(text)
    number = read(text, NUMERIC)
    if text.isdigit() and number < 2**63:
        return here.writer.constant(INTEGER if number < 2**31 else BIGINT, int(number))
    return here.writer.constant(NUMERIC, number)


def _inside(here: Texts, node: Node) -> Part:
    return here.part(node.this)


def _and(here: Texts, node: Node) -> Part:
    return logic.all_of(here.writer, [here.part(each) for each in node.flatten(unnest=False)])


def _or(here: Texts, node: Node) -> Part:
    return logic.any_of(here.writer, [here.part(each) for each in node.flatten(unnest=False)])


def _not(here: Texts, node: Node) -> Part:
    return logic.negated(here.writer, here.part(node.this))


def _compare(here: Texts, node: Node) -> Part:
    symbol = _COMPARISONS[type(node)]
    one, right = here.part(node.this), node.expression
    if isinstance(right, exp.Any):
        here.only(right, "this")
        options = [here.part(each) for each in _elements(right.this)]
        found = [comparing.compare(here.writer, symbol, one, option) for option in options]
        return logic.any_of(here.writer, found)
    return comparing.compare(here.writer, symbol, one, here.part(right))


def _distinct(here: Texts, node: Node) -> Part:
    negate = isinstance(node, exp.NullSafeEQ)
    return comparing.distinct(here.writer, here.part(node.this), here.part(node.expression), negate=negate)


def _operate(here: Texts, node: Node) -> Part:
    one, other = here.part(node.this), here.part(node.expression)
    return operating.operate(here.writer, _OPERATORS[type(node)], one, other)


def _negative(here: Texts, node: Node) -> Part:
    return operating.negative(here.writer, here.part(node.this))


def _is(here: Texts, node: Node) -> Part:
    one, other, negate = here.part(node.this), node.expression, bool(node.args.get("negate"))
    if isinstance(other, exp.Null):
        return logic.is_null(one, negate=negate)
    if isinstance(other, exp.Boolean):
        return logic.is_truth(here.writer, one, bool(other.this), negate=negate)
    raise CannotEvaluate(f"IS {type(other).__name__} in text")


def _in(here: Texts, node: Node) -> Part:
    return comparing.one_of(here.writer, here.part(node.this), [here.part(each) for each in node.expressions])


def _between(here: Texts, node: Node) -> Part:
    low, high = here.part(node.args["low"]), here.part(node.args["high"])
    return comparing.between(here.writer, here.part(node.this), low, high)


def _like(here: Texts, node: Node) -> Part:
    return _matched(here, node, None)


def _escaped(here: Texts, node: Node) -> Part:
    inner, escape = node.this, node.expression
    if type(inner) not in (exp.Like, exp.ILike) or not isinstance(escape, exp.Literal):
        raise CannotEvaluate("ESCAPE in text")
    here.only(inner, "this", "expression", "negate")
    return _matched(here, inner, str(escape.this))


def _matched(here: Texts, node: Node, escape: str | None) -> Part:
    text, pattern = as_text(here.writer, here.part(node.this)), as_text(here.writer, here.part(node.expression))
    without_case, negate = isinstance(node, exp.ILike), bool(node.args.get("negate"))
    return matched(here.writer, text, pattern, escape, negate=negate, without_case=without_case)


def _regular(here: Texts, node: Node) -> Part:
    pattern = here.part(node.expression).text
    if pattern is None:
        raise CannotEvaluate("a regular expression that is no literal")
    text = as_text(here.writer, here.part(node.this))
    return searched(here.writer, text, pattern, without_case=isinstance(node, exp.RegexpILike))


def _case(here: Texts, node: Node) -> Part:
    subject, default = node.args.get("this"), node.args.get("default")
    branches: list[tuple[Part, Part]] = []
    for branch in node.args["ifs"]:
        here.only(branch, "this", "true")
        asked = here.part(branch.this)
        if subject is not None:
            asked = comparing.compare(here.writer, "=", here.part(subject), asked)
        branches.append((asked, here.part(branch.args["true"])))
    return logic.case(here.writer, branches, NULL if default is None else here.part(default))


def _cast(here: Texts, node: Node) -> Part:
    return casting.cast(here.writer, here.part(node.this), type_of(node.args["to"]))


def _interval(here: Texts, node: Node) -> Part:
    unit = node.args.get("unit")
    text = f"{node.this.this} {'' if unit is None else unit.this}"
    return casting.cast(
        here.writer,
        here.writer.literal(text),
        postgresql.INTERVAL(),
    )


def _json(here: Texts, node: Node) -> Part:
    path = node.expression
    if not isinstance(path, exp.JSONPath):
        raise CannotEvaluate("a JSON path in text")
    steps: list[str | int] = []
    for step in path.expressions[1:]:
        if not isinstance(step, exp.JSONPathKey | exp.JSONPathSubscript) or not isinstance(step.this, str | int):
            raise CannotEvaluate("a JSON path in text")
        steps.append(step.this)
    reach = element_at if isinstance(node, exp.JSONExtractScalar) else element
    return reach(here.writer, here.part(node.this), steps)


def _identifier(node: Any) -> str:
    """A name; without quotes, it is in lower case."""
    name = str(node.this)
    return name if node.args.get("quoted") else name.lower()


def _elements(node: Node) -> list[Node]:
    """What stands in ARRAY[...]."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Cast):  # of the array, which each element is then cast to
        raise CannotEvaluate("ANY of an array that is cast, in text")
    if not isinstance(node, exp.Array):
        raise CannotEvaluate("ANY of what is no ARRAY[...], in text")
    return list(node.expressions)


_MEANINGLESS = frozenset({"safe", "typed", "coalesce", "ignore_nulls", "only_json_types"})
"""What the parser notes for other dialects: in PostgreSQL's it is always the same."""

_COMPARISONS: Mapping[type[Node], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_OPERATORS: Mapping[type[Node], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.Pow: "^",
    exp.DPipe: "||",
}
_BOTH = ("this", "expression")

_NODES: Mapping[type[Node], tuple[Callable[[Texts, Node], Part], tuple[str, ...]]] = {
    **dict.fromkeys(_COMPARISONS, (_compare, _BOTH)),
    **dict.fromkeys(_OPERATORS, (_operate, _BOTH)),
    **CALLS,
    exp.Column: (_column, ("this", "table")),
    exp.Literal: (_literal, ("this", "is_string")),
    exp.Null: (lambda _, __: NULL, ()),
    exp.Boolean: (lambda _, node: TRUE if node.this else FALSE, ("this",)),
    exp.Paren: (_inside, ("this",)),
    exp.And: (_and, _BOTH),
    exp.Or: (_or, _BOTH),
    exp.Not: (_not, ("this",)),
    exp.NullSafeEQ: (_distinct, _BOTH),
    exp.NullSafeNEQ: (_distinct, _BOTH),
    exp.Neg: (_negative, ("this",)),
    exp.Is: (_is, (*_BOTH, "negate")),
    exp.In: (_in, ("this", "expressions")),
    exp.Between: (_between, ("this", "low", "high")),
    exp.Like: (_like, (*_BOTH, "negate")),
    exp.ILike: (_like, (*_BOTH, "negate")),
    exp.Escape: (_escaped, _BOTH),
    exp.RegexpLike: (_regular, _BOTH),
    exp.RegexpILike: (_regular, _BOTH),
    exp.Case: (_case, ("this", "ifs", "default")),
    exp.Cast: (_cast, ("this", "to")),
    exp.Interval: (_interval, ("this", "unit")),
    exp.JSONExtract: (_json, _BOTH),
    exp.JSONExtractScalar: (_json, _BOTH),
}

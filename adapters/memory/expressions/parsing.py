"""Expressions that are written as text, parsed by sqlglot."""

from typing import TypeAlias

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate

Node: TypeAlias = exp.Expr


def parsed(sql: str) -> Node:
    """The tree of an expression.

    Raises:
        CannotEvaluate: the text is no expression, or more than one.
    """
    try:
        statements = parse(f"SELECT {sql}", dialect="postgres")
    except SqlglotError as error:
        raise CannotEvaluate(f"the text {sql!r}, which cannot be parsed") from error
    [select] = statements if len(statements) == 1 else [None]
    if not isinstance(select, exp.Select) or given_in(select) != {"expressions"} or len(select.expressions) != 1:
        raise CannotEvaluate(f"the text {sql!r}, which is not one expression")
    node: Node = select.expressions[0]
    return node


def given_in(node: Node) -> set[str]:
    """The names of what a node holds."""
    return {name for name, value in node.args.items() if value not in (None, False, [])}

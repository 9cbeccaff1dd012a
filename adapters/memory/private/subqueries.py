"""What a SELECT inside another one says."""
# pyright: reportPrivateUsage=false

from collections.abc import Collection
from typing import Any

import attrs
from sqlalchemy import Select
from sqlalchemy.exc import InvalidRequestError


@attrs.frozen(eq=False)
class Selected:
    """What a SELECT says, after it is correlated to those around it.

    Attributes:
        columns: what it gives.
        froms: what it reads: tables, their aliases, joins and whatever else there is.
        where: the conditions, all of which hold.
        order_by: the keys of its order.
        limit: how many rows it gives at the most.
        offset: how many rows it leaves out before those.
        distinct: whether it leaves out what it has given.
        others: the names of its other clauses.
    """

    columns: tuple[Any, ...]
    froms: tuple[Any, ...]
    where: tuple[Any, ...]
    order_by: tuple[Any, ...]
    limit: Any
    offset: Any
    distinct: bool
    others: tuple[str, ...]


_OTHER_CLAUSES = {
    "_group_by_clauses": "GROUP BY",
    "_having_criteria": "HAVING",
    "_post_select_clause": "an extension",
    "_pre_columns_clause": "an extension",
    "_post_criteria_clause": "an extension",
    "_post_body_clause": "an extension",
    "_fetch_clause": "FETCH",
    "_for_update_arg": "FOR UPDATE",
    "_independent_ctes": "WITH",
    "_prefixes": "a prefix",
    "_suffixes": "a suffix",
}


def selected(select: Select[Any], around: Collection[Any], far_around: Collection[Any]) -> Selected | None:
    """What a SELECT says; None where it would have nothing left to read from.

    Args:
        select: of tables, or of entities.
        around: what the SELECT right around it reads.
        far_around: what that and those around it read.
    """
    state: Any = select._compile_state_factory(select, select._default_compiler())
    statement: Any = state.statement
    try:
        froms = state._get_display_froms(far_around, around)
    except InvalidRequestError:
        return None
    clauses = ((getattr(statement, name), word) for name, word in _OTHER_CLAUSES.items())
    others = [word for clause, word in clauses if clause is not None and not (isinstance(clause, tuple) and not clause)]
    return Selected(
        tuple(statement.selected_columns),
        tuple(froms),
        tuple(statement._where_criteria),
        tuple(statement._order_by_clauses),
        statement._limit_clause,
        statement._offset_clause,
        statement._distinct,
        tuple(others),
    )

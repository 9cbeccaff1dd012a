"""SQL constructs of SQLAlchemy's documentation that the twin refuses by their names, or gives as PostgreSQL gave."""

import pytest
from sqlalchemy import (
    Integer,
    Sequence,
    all_,
    any_,
    collate,
    column,
    distinct,
    func,
    intersect,
    literal,
    select,
    tuple_,
    union,
    values,
)
from sqlalchemy.dialects import postgresql

from unit.adapters.memory.constructs import Build, values_of
from unitofwork.domain.errors import MappingError

REFUSED: dict[str, tuple[Build, list[object], str]] = {
    "between_symmetric": (lambda u, i: u.age.between(9, 1, symmetric=True), [True, None], "BETWEEN SYMMETRIC"),
    "collate": (lambda u, i: collate(u.name, "C"), ["sandy", "bob"], "the construct CollationClause"),
    "tuple_in": (lambda u, i: tuple_(u.age, u.name).in_([(7, "sandy")]), [True, False], "the type TupleType"),
    "regexp_match": (lambda u, i: u.name.regexp_match("^s"), [True, False], "the operator regexp_match_op"),
    "regexp_replace": (lambda u, i: u.name.regexp_replace("a", "b"), ["sbndy", "bob"], "the operator comma_op"),
    "match": (lambda u, i: u.name.match("sandy"), [True, False], "the operator match_op"),
    "bit_and": (lambda u, i: u.age.bitwise_and(3), [3, None], "the operator bitwise_and_op"),
    "bit_or": (lambda u, i: u.age.bitwise_or(8), [15, None], "the operator bitwise_or_op"),
    "bit_xor": (lambda u, i: u.age.bitwise_xor(1), [6, None], "the operator bitwise_xor_op"),
    "bit_not": (lambda u, i: u.age.bitwise_not(), [-8, None], "the operator bitwise_not_op"),
    "lshift": (lambda u, i: u.age.bitwise_lshift(2), [28, None], "the operator bitwise_lshift_op"),
    "rshift": (lambda u, i: u.age.bitwise_rshift(1), [3, None], "the operator bitwise_rshift_op"),
    "bool_op": (lambda u, i: u.name.bool_op("~")("s"), [True, False], "the operator ~"),
    "md5": (
        lambda u, i: func.md5(u.name),
        ["d686a53fb86a6c31fa6faa1d9333267e", "9f9d51bc70ef21ca5c14f307980a29d8"],
        "the function md5(text)",
    ),
    "fetch": (
        lambda u, i: select(i.title).where(i.user_id == u.id).order_by(i.id).fetch(1).scalar_subquery(),
        ["one", None],
        "FETCH in a subquery",
    ),
    "group_by": (
        lambda u, i: select(func.count(i.id)).where(i.user_id == u.id).group_by(i.user_id).scalar_subquery(),
        [2, None],
        "GROUP BY in a subquery",
    ),
    "having": (
        lambda u, i: select(func.count(i.id)).where(i.user_id == u.id).having(func.count(i.id) > 1).scalar_subquery(),
        [2, None],
        "HAVING in a subquery",
    ),
    "cte": (
        lambda u, i: (lambda a: select(func.count(a.c.id)).where(a.c.user_id == u.id).scalar_subquery())(
            select(i.id, i.user_id).cte()
        ),
        [2, 0],
        "CTE in FROM of a subquery",
    ),
    "subquery": (
        lambda u, i: (lambda a: select(func.count(a.c.id)).where(a.c.user_id == u.id).scalar_subquery())(
            select(i.id, i.user_id).subquery()
        ),
        [2, 0],
        "Subquery in FROM of a subquery",
    ),
    "union": (
        lambda u, i: union(select(i.id).where(i.id == 1), select(i.id).where(i.id == 1)).scalar_subquery(),
        [1, 1],
        "the construct CompoundSelect",
    ),
    "intersect": (
        lambda u, i: intersect(select(i.id).where(i.id == 1), select(i.id).where(i.id == 1)).scalar_subquery(),
        [1, 1],
        "the construct CompoundSelect",
    ),
    "lateral": (
        lambda u, i: (lambda a: select(func.count(a.c.id)).scalar_subquery())(
            select(i.id).where(i.user_id == u.id).lateral()
        ),
        [2, 2],
        "Lateral in FROM of a subquery",
    ),
    "tablesample": (
        lambda u, i: (lambda a: select(func.count(a.c.id)).where(a.c.user_id == u.id).scalar_subquery())(
            i.id.table.tablesample(100)
        ),
        [2, 0],
        "TableSample in FROM of a subquery",
    ),
    "values": (
        lambda u, i: select(values(column("x", Integer), name="v").data([(1,)]).c.x).scalar_subquery(),
        [1, 1],
        "Values in FROM of a subquery",
    ),
    "for_update": (
        lambda u, i: (
            select(i.title).where(i.user_id == u.id).order_by(i.id).limit(1).with_for_update().scalar_subquery()
        ),
        ["one", None],
        "FOR UPDATE in a subquery",
    ),
    "over": (lambda u, i: func.row_number().over(order_by=u.id), [1, 2], "the construct Over"),
    "over_part": (lambda u, i: func.sum(u.age).over(partition_by=u.name), [7, None], "the construct Over"),
    "rank": (lambda u, i: func.rank().over(order_by=u.id), [1, 2], "the construct Over"),
    "within_group": (
        lambda u, i: select(func.percentile_cont(0.5).within_group(i.id)).where(i.user_id == u.id).scalar_subquery(),
        [1.5, None],
        "the construct WithinGroup",
    ),
    "mode": (
        lambda u, i: select(func.mode().within_group(i.id)).where(i.user_id == u.id).scalar_subquery(),
        [1, None],
        "the construct WithinGroup",
    ),
    "string_agg": (
        lambda u, i: select(func.string_agg(i.title, ",")).where(i.user_id == u.id).scalar_subquery(),
        ["one,two", None],
        "the function string_agg(text, text)",
    ),
    "agg_order": (
        lambda u, i: (
            select(func.string_agg(i.title, postgresql.aggregate_order_by(literal(","), i.title)))
            .where(i.user_id == u.id)
            .scalar_subquery()
        ),
        ["one,two", None],
        "the construct aggregate_order_by",
    ),
    "agg_strings": (
        lambda u, i: select(func.aggregate_strings(i.title, ",")).where(i.user_id == u.id).scalar_subquery(),
        ["one,two", None],
        "the function aggregate_strings(text, text)",
    ),
    "grouping_sets": (
        lambda u, i: (
            select(func.count(i.id)).where(i.user_id == u.id).group_by(func.grouping_sets(i.user_id)).scalar_subquery()
        ),
        [2, None],
        "GROUP BY in a subquery",
    ),
    "cube": (
        lambda u, i: (
            select(func.count(i.id)).where(i.user_id == u.id).group_by(func.cube(i.user_id)).limit(1).scalar_subquery()
        ),
        [2, 0],
        "GROUP BY in a subquery",
    ),
    "rollup": (
        lambda u, i: (
            select(func.count(i.id))
            .where(i.user_id == u.id)
            .group_by(func.rollup(i.user_id))
            .limit(1)
            .scalar_subquery()
        ),
        [2, 0],
        "GROUP BY in a subquery",
    ),
    "any": (lambda u, i: literal(3) == any_(u.tags), [True, None], "the operator any_op"),
    "all": (lambda u, i: literal(3) == all_(u.tags), [False, None], "the operator all_op"),
    "any_sub": (lambda u, i: u.id == any_(select(i.user_id).scalar_subquery()), [True, False], "the operator any_op"),
    "array_index": (lambda u, i: u.tags[1], [3, None], "the operator getitem"),
    "array_slice": (lambda u, i: u.tags[1:2], [[3, 4], None], "the construct Slice"),
    "array_contains": (lambda u, i: u.tags.contains([3]), [True, None], "the operator @>"),
    "array_overlap": (lambda u, i: u.tags.overlap([3]), [True, None], "the operator &&"),
    "array_lit": (lambda u, i: postgresql.array([1, 2]), [[1, 2], [1, 2]], "the construct array"),
    "cardinality": (lambda u, i: func.cardinality(u.tags), [2, None], "the function cardinality(array)"),
    "unnest": (
        lambda u, i: select(func.unnest(u.tags).column_valued("x")).limit(1).scalar_subquery(),
        [3, None],
        "TableValuedAlias in FROM of a subquery",
    ),
    "json_path": (lambda u, i: u.data["a", "0"], [1, None], "a JSON path with digits in a text"),
    "json_int": (lambda u, i: u.data["a", "0"].as_integer(), [1, None], "a JSON path with digits in a text"),
    "json_has": (lambda u, i: u.data.has_key("a"), [True, False], "the operator ?"),
    "json_contains": (lambda u, i: u.data.contains({"a": [1]}), [True, False], "the operator @>"),
    "jsonb_f": (lambda u, i: func.jsonb_array_length(u.data["a"]), [2, None], "the function jsonb_array_length(jsonb)"),
    "distinct_col": (lambda u, i: distinct(u.age), [7, None], "the operator distinct_op"),
    "nextval": (
        lambda u, i: Sequence("s", metadata=u.id.table.metadata).next_value(),
        [1, 2],
        "the construct next_value",
    ),
    "func_pkg": (lambda u, i: func.pg_catalog.lower(u.name), ["sandy", "bob"], "the function pg_catalog.lower"),
    "as_comparison": (
        lambda u, i: func.starts_with(u.name, "s").as_comparison(1, 2),
        [True, False],
        "the operator function_as_comparison_op",
    ),
    "to_char": (lambda u, i: func.to_char(u.born, "YYYY"), ["2020", None], "the function to_char(date, text)"),
    "date_part": (lambda u, i: func.date_part("year", u.born), [2020.0, None], "the function date_part(text, date)"),
    "exp": (lambda u, i: func.exp(u.ratio), [1.6487212707001282, None], "the function exp(double precision)"),
    "ln": (lambda u, i: func.ln(u.ratio), [-0.6931471805599453, None], "the function ln(double precision)"),
}
"""What may be refused, what PostgreSQL gave, and how the refusal names it."""


@pytest.mark.parametrize(("build", "given", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_it_gives_what_postgresql_gave_or_is_refused_by_name(build: Build, given: list[object], named: str) -> None:
    try:
        found: object = values_of(build)
    except MappingError as error:
        found = str(error)
    assert found == given or named in str(found)

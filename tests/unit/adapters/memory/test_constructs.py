"""Every SQL construct of SQLAlchemy's documentation that the twin evaluates gives what PostgreSQL gave."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import (
    Boolean,
    Date,
    Integer,
    Numeric,
    String,
    and_,
    between,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    extract,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    quoted_name,
    select,
    true,
    type_coerce,
)

from unit.adapters.memory.constructs import Build, values_of

EVALUATED: dict[str, tuple[Build, list[object]]] = {
    "and": (lambda u, i: and_(u.age > 3, u.flag), [True, None]),
    "or": (lambda u, i: or_(u.age > 9, u.flag), [True, None]),
    "not": (lambda u, i: not_(u.flag), [False, None]),
    "true": (lambda u, i: true(), [True, True]),
    "false": (lambda u, i: false(), [False, False]),
    "literal": (lambda u, i: literal(5), [5, 5]),
    "literal_column": (lambda u, i: literal_column("age + 1", Integer), [8, None]),
    "bindparam": (lambda u, i: bindparam("x", 5), [5, 5]),
    "case": (lambda u, i: case((u.age > 3, "old"), else_="young"), ["old", "young"]),
    "case_value": (lambda u, i: case({7: "seven"}, value=u.age), ["seven", None]),
    "cast": (lambda u, i: cast(u.age, String), ["7", None]),
    "type_coerce": (lambda u, i: type_coerce(u.age, Integer) + 1, [8, None]),
    "between": (lambda u, i: between(u.age, 1, 9), [True, None]),
    "in": (lambda u, i: u.age.in_([7, 8]), [True, None]),
    "in_empty": (lambda u, i: u.age.in_([]), [False, False]),
    "not_in": (lambda u, i: u.age.not_in([7, None]), [False, None]),
    "is": (lambda u, i: u.age.is_(None), [False, True]),
    "is_not": (lambda u, i: u.age.is_not(None), [True, False]),
    "is_distinct": (lambda u, i: u.age.is_distinct_from(7), [False, True]),
    "is_not_distinct": (lambda u, i: u.age.is_not_distinct_from(7), [True, False]),
    "is_true": (lambda u, i: u.flag.is_(true()), [True, False]),
    "like": (lambda u, i: u.name.like("s%"), [True, False]),
    "ilike": (lambda u, i: u.name.ilike("S%"), [True, False]),
    "not_like": (lambda u, i: u.name.not_like("s%"), [False, True]),
    "like_escape": (lambda u, i: u.name.like("s/%", escape="/"), [False, False]),
    "startswith": (lambda u, i: u.name.startswith("sa"), [True, False]),
    "endswith": (lambda u, i: u.name.endswith("y"), [True, False]),
    "contains": (lambda u, i: u.name.contains("nd"), [True, False]),
    "icontains": (lambda u, i: u.name.icontains("ND"), [True, False]),
    "istartswith": (lambda u, i: u.name.istartswith("SA"), [True, False]),
    "concat": (lambda u, i: u.name + "!", ["sandy!", "bob!"]),
    "add": (lambda u, i: u.age + 1, [8, None]),
    "sub": (lambda u, i: u.age - 1, [6, None]),
    "mul": (lambda u, i: u.score * 2, [Decimal("5.00"), None]),
    "truediv": (lambda u, i: u.age / 2, [Decimal("3.5000000000000000"), None]),
    "floordiv": (lambda u, i: u.age // 2, [3, None]),
    "mod": (lambda u, i: u.age % 4, [3, None]),
    "neg": (lambda u, i: -u.age, [-7, None]),
    "inv": (lambda u, i: ~u.flag, [False, None]),
    "op": (lambda u, i: u.name.op("||")("x"), ["sandyx", "bobx"]),
    "label": (lambda u, i: (u.age + 1).label("value"), [8, None]),
    "extract": (lambda u, i: extract("year", u.born), [Decimal("2020"), None]),
    "extract_epoch": (lambda u, i: extract("epoch", u.seen), [Decimal("1582979400.000000"), None]),
    "date_sub": (lambda u, i: u.born - date(2020, 1, 1), [59, None]),
    "date_add": (lambda u, i: u.born + 1, [date(2020, 3, 1), None]),
    "interval": (lambda u, i: u.seen + timedelta(days=1), [datetime(2020, 3, 1, 12, 30, tzinfo=UTC), None]),
    "concat_f": (lambda u, i: func.concat(u.name, "!"), ["sandy!", "bob!"]),
    "coalesce": (lambda u, i: func.coalesce(u.age, 0), [7, 0]),
    "lower": (lambda u, i: func.lower(u.name), ["sandy", "bob"]),
    "upper": (lambda u, i: func.upper(u.name), ["SANDY", "BOB"]),
    "length": (lambda u, i: func.length(u.name), [5, 3]),
    "char_length": (lambda u, i: func.char_length(u.name), [5, 3]),
    "trim": (lambda u, i: func.trim(u.name), ["sandy", "bob"]),
    "substr": (lambda u, i: func.substr(u.name, 2, 2), ["an", "ob"]),
    "replace": (lambda u, i: func.replace(u.name, "a", "o"), ["sondy", "bob"]),
    "nullif": (lambda u, i: func.nullif(u.age, 7), [None, None]),
    "greatest": (lambda u, i: func.greatest(u.age, 9), [9, 9]),
    "least": (lambda u, i: func.least(u.age, 9), [7, 9]),
    "abs": (lambda u, i: func.abs(-u.age), [7, None]),
    "round": (lambda u, i: func.round(u.score), [Decimal("3"), None]),
    "floor": (lambda u, i: func.floor(u.score), [Decimal("2"), None]),
    "power": (lambda u, i: func.power(u.age, 2), [49.0, None]),
    "sqrt": (lambda u, i: func.sqrt(u.age), [2.6457513110645907, None]),
    "sign": (lambda u, i: func.sign(u.age), [1.0, None]),
    "pow": (lambda u, i: func.pow(u.age, 2), [49.0, None]),
    "mod_f": (lambda u, i: func.mod(u.age, 4), [3, None]),
    "ceil": (lambda u, i: func.ceil(u.ratio), [1.0, None]),
    "json_index": (lambda u, i: u.data["a"], [[1, 2], None]),
    "json_astext": (lambda u, i: u.data["a"].astext, ["[1, 2]", None]),
    "quoted": (lambda u, i: u.name == quoted_name("sandy", True), [True, False]),
    "date_trunc": (lambda u, i: func.date_trunc("month", u.seen), [datetime(2020, 2, 1, 0, 0, tzinfo=UTC), None]),
    "make_date": (lambda u, i: func.make_date(2020, 1, 1), [date(2020, 1, 1), date(2020, 1, 1)]),
    "left": (lambda u, i: func.left(u.name, 2), ["sa", "bo"]),
    "lpad": (lambda u, i: func.lpad(u.name, 9), ["    sandy", "      bob"]),
    "strpos": (lambda u, i: func.strpos(u.name, "n"), [3, 0]),
    "split_part": (lambda u, i: func.split_part(u.name, "n", 1), ["sa", "bob"]),
    "initcap": (lambda u, i: func.initcap(u.name), ["Sandy", "Bob"]),
    "reverse": (lambda u, i: func.reverse(u.name), ["ydnas", "bob"]),
    "repeat": (lambda u, i: func.repeat(u.name, 2), ["sandysandy", "bobbob"]),
    "ascii": (lambda u, i: func.ascii(u.name), [115, 98]),
    "trunc": (lambda u, i: func.trunc(u.score), [Decimal("2"), None]),
    "num_nulls": (lambda u, i: func.num_nulls(u.age), [0, 1]),
    "cast_int": (lambda u, i: cast(u.score, Integer), [3, None]),
    "cast_bool": (lambda u, i: cast(u.age, Boolean), [True, None]),
    "cast_date": (lambda u, i: cast(u.seen, Date), [date(2020, 2, 29), None]),
    "cast_numeric": (lambda u, i: cast(u.age, Numeric(5, 1)), [Decimal("7.0"), None]),
    "grouping": (lambda u, i: (u.age + 1).self_group() * 2, [16, None]),
    "in_subquery": (lambda u, i: u.id.in_(select(i.user_id)), [True, False]),
    "scalar_select": (
        lambda u, i: select(func.count(i.id)).where(i.user_id == u.id).scalar_subquery(),
        [2, 0],
    ),
    "scalar_max": (
        lambda u, i: select(func.max(i.title)).where(i.user_id == u.id).scalar_subquery(),
        ["two", None],
    ),
    "scalar_min": (
        lambda u, i: select(func.min(i.title)).where(i.user_id == u.id).scalar_subquery(),
        ["one", None],
    ),
    "scalar_sum": (
        lambda u, i: select(func.sum(i.id)).where(i.user_id == u.id).scalar_subquery(),
        [3, None],
    ),
    "scalar_avg": (
        lambda u, i: select(func.avg(i.id)).where(i.user_id == u.id).scalar_subquery(),
        [Decimal("1.5000000000000000"), None],
    ),
    "count_star": (
        lambda u, i: select(func.count()).select_from(i.id.table).where(i.user_id == u.id).scalar_subquery(),
        [2, 0],
    ),
    "count_distinct": (
        lambda u, i: select(func.count(distinct(i.title))).where(i.user_id == u.id).scalar_subquery(),
        [2, 0],
    ),
    "order_limit": (
        lambda u, i: select(i.title).where(i.user_id == u.id).order_by(i.id.desc()).limit(1).scalar_subquery(),
        ["two", None],
    ),
    "offset": (
        lambda u, i: select(i.title).where(i.user_id == u.id).order_by(i.id).limit(1).offset(1).scalar_subquery(),
        ["two", None],
    ),
    "distinct": (
        lambda u, i: select(i.user_id).where(i.user_id == u.id).distinct().scalar_subquery(),
        [1, None],
    ),
    "exists": (lambda u, i: exists().where(i.user_id == u.id), [True, False]),
    "exists_sel": (lambda u, i: select(i.id).where(i.user_id == u.id).exists(), [True, False]),
    "not_exists": (lambda u, i: ~exists().where(i.user_id == u.id), [False, True]),
    "join_sub": (
        lambda u, i: (
            lambda a: (
                select(func.count(i.id))
                .select_from(i.id.table.join(a, a.c.id == i.user_id))
                .where(a.c.id == u.id)
                .correlate(u.id.table)
                .scalar_subquery()
            )
        )(u.id.table.alias()),
        [2, 0],
    ),
    "alias_sub": (
        lambda u, i: (lambda a: select(func.count(a.c.id)).where(a.c.user_id == u.id).scalar_subquery())(
            i.id.table.alias()
        ),
        [2, 0],
    ),
    "funcfilter": (
        lambda u, i: select(func.count(i.id).filter(i.title == "one")).where(i.user_id == u.id).scalar_subquery(),
        [1, 0],
    ),
    "array_agg": (
        lambda u, i: select(func.array_agg(i.id)).where(i.user_id == u.id).scalar_subquery(),
        [[1, 2], None],
    ),
    "from_dual": (lambda u, i: select(literal(1)).scalar_subquery(), [1, 1]),
    "values_of": (
        lambda u, i: select(u.age).correlate(None).where(u.id == 1).scalar_subquery(),
        [7, 7],
    ),
}


@pytest.mark.parametrize(("build", "given"), EVALUATED.values(), ids=EVALUATED.keys())
def test_it_gives_what_postgresql_gave(build: Build, given: list[object]) -> None:
    found = values_of(build)
    assert (found, list(map(type, found))) == (given, list(map(type, given)))

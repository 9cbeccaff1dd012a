"""Specifications are frozen values, which print as they were meant, and refuse what cannot be meant."""

import pickle
from collections.abc import Callable
from typing import Any, cast

import pytest
from attrs.exceptions import FrozenInstanceError

from unitofwork import Condition, Order, Query, where
from unitofwork.domain.condition import And, Comparison, Operator, Or
from unitofwork.domain.errors import MappingError
from unitofwork.domain.path import Path
from unitofwork.domain.query import Nulls, orders, paths
from unitofwork.domain.specification import Field, all_of


class Thing:
    """Stands for an entity."""


class Attribute:
    """Looks like an attribute that was mapped: it knows its name and its class."""

    key = "name"
    class_ = Thing


A, B, C = where("a") == 1, where("b") == 2, where("c") == 3

EVERY: list[Callable[[], Condition]] = [
    lambda: where("a") == 1,
    lambda: where("a") != 1,
    lambda: where("a") < 1,
    lambda: where("a") <= 1,
    lambda: where("a") > 1,
    lambda: where("a") >= 1,
    lambda: where("a").in_([1, 2]),
    lambda: where("a").not_in([1, 2]),
    lambda: where("a").is_none(),
    lambda: where("a").is_not_none(),
    lambda: where("a").between(1, 2),
    lambda: where("a").startswith("x"),
    lambda: where("a").endswith("x"),
    lambda: where("a").contains("x"),
    lambda: where("a").like("x"),
    lambda: where("a").ilike("x"),
    lambda: ~(where("a.b") == 1),
    lambda: (where("a") == 1) & (where("b") == 1),
    lambda: (where("a") == 1) | (where("b") == 1),
]

every_condition = pytest.mark.parametrize("make", EVERY, ids=[str(make()) for make in EVERY])


def test_every_operator_is_tried_here() -> None:
    tried = {made.operator for make in EVERY if isinstance(made := make(), Comparison)}
    assert tried == set(Operator)


# Values


@every_condition
def test_a_condition_is_compared_and_hashed_by_what_it_says(make: Callable[[], Condition]) -> None:
    assert make() == make()
    assert hash(make()) == hash(make())
    assert sum(make() == other() for other in EVERY) == 1


@every_condition
def test_a_condition_can_be_pickled(make: Callable[[], Condition]) -> None:
    assert pickle.loads(pickle.dumps(make())) == make()


@every_condition
def test_a_condition_cannot_be_changed(make: Callable[[], Condition]) -> None:
    condition = make()
    for name in ("path", "operand", "conditions", "condition"):
        if hasattr(condition, name):
            with pytest.raises(FrozenInstanceError):
                setattr(condition, name, None)


@every_condition
def test_combining_leaves_the_parts_as_they_were(make: Callable[[], Condition]) -> None:
    part = make()
    assert part & B is not part
    assert part | B is not part
    assert ~part is not part
    assert part == make()


def test_an_iterable_of_operands_is_read_once_and_kept() -> None:
    condition = where("a").in_(number for number in (1, 2))
    assert str(condition) == str(condition) == "a in (1, 2)"
    values = [1]
    condition = where("a").in_(values)
    values.append(2)
    assert condition == where("a").in_([1])


def test_a_checked_name_says_the_same_as_a_written_one() -> None:
    checked = where(cast("object", Attribute)) == 1
    assert checked == (where("name") == 1)
    assert hash(checked) == hash(where("name") == 1)
    assert isinstance(checked, Comparison)
    assert checked.path.owners == (Thing,)


def test_a_query_and_an_order_are_values() -> None:
    def query() -> Query[Thing]:
        return Query(Thing, A & B, (where("a").desc(),), 1, 2, (Path.of("b"),))

    assert query() == query()
    assert hash(query()) == hash(query())
    assert pickle.loads(pickle.dumps(query())) == query()
    assert len({where("a").asc(), where("a").asc(), where("a").desc()}) == 2
    with pytest.raises(FrozenInstanceError):
        query().limit = 3  # type: ignore[misc]  # that is the mistake


def test_a_field_is_no_value() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(where("a"))
    assert repr(where("a", "b")) == "where('a.b')"


# No truth of its own


@every_condition
def test_a_condition_has_no_truth_of_its_own(make: Callable[[], Condition]) -> None:
    with pytest.raises(TypeError, match=r"combine conditions with &, \| and ~"):
        bool(make())


def test_the_words_of_python_are_refused_too() -> None:
    for mistake in (lambda: A and B, lambda: A or B, lambda: not A, lambda: 1 < where("a") < 3):
        with pytest.raises(TypeError, match="neither true nor false"):
            mistake()


# Printing


@pytest.mark.parametrize(
    ("condition", "text", "without_values"),
    [
        (A, "a == 1", "a == ?"),
        (where("a") != "x", "a != 'x'", "a != ?"),
        (where("a") < 1, "a < 1", "a < ?"),
        (where("a") <= 1, "a <= 1", "a <= ?"),
        (where("a") > 1, "a > 1", "a > ?"),
        (where("a") >= 1, "a >= 1", "a >= ?"),
        (where("a").in_([1, 2]), "a in (1, 2)", "a in ?"),
        (where("a").not_in([]), "a not in ()", "a not in ?"),
        (where("a").is_none(), "a is none", "a is none"),
        (where("a") == None, "a is none", "a is none"),  # noqa: E711  # makes a condition
        (where("a").is_not_none(), "a is not none", "a is not none"),
        (where("a") != None, "a is not none", "a is not none"),  # noqa: E711  # makes a condition
        (where("a").between(1, 2), "a between (1, 2)", "a between ?"),
        (where("a").startswith("x"), "a starts with 'x'", "a starts with ?"),
        (where("a").endswith("x"), "a ends with 'x'", "a ends with ?"),
        (where("a").contains("x"), "a contains 'x'", "a contains ?"),
        (where("a").like("x%"), "a like 'x%'", "a like ?"),
        (where("a").ilike("x%"), "a ilike 'x%'", "a ilike ?"),
        (where("a.b", "c") == 1, "a.b.c == 1", "a.b.c == ?"),
        (~A, "not a == 1", "not a == ?"),
        (~~A, "not not a == 1", "not not a == ?"),
        (A & B, "a == 1 and b == 2", "a == ? and b == ?"),
        (A & B & C, "a == 1 and b == 2 and c == 3", "a == ? and b == ? and c == ?"),
        (A & (B & C), "a == 1 and b == 2 and c == 3", "a == ? and b == ? and c == ?"),
        (A | B | C, "a == 1 or b == 2 or c == 3", "a == ? or b == ? or c == ?"),
        (A & (B | C), "a == 1 and (b == 2 or c == 3)", "a == ? and (b == ? or c == ?)"),
        (A & B | C, "(a == 1 and b == 2) or c == 3", "(a == ? and b == ?) or c == ?"),
        (A | B & C, "a == 1 or (b == 2 and c == 3)", "a == ? or (b == ? and c == ?)"),
        (~(A & B), "not (a == 1 and b == 2)", "not (a == ? and b == ?)"),
        (~A & B, "not a == 1 and b == 2", "not a == ? and b == ?"),
        (And(()), "true", "true"),
        (Or(()), "false", "false"),
        (~Or(()) & A, "not false and a == 1", "not false and a == ?"),
        (And((A,)) | B, "a == 1 or b == 2", "a == ? or b == ?"),
        (And((A | B,)) & C, "(a == 1 or b == 2) and c == 3", "(a == ? or b == ?) and c == ?"),
        (Or((And((A | B,)),)) & C, "(a == 1 or b == 2) and c == 3", "(a == ? or b == ?) and c == ?"),
        (Or((A & B,)) & C, "(a == 1 and b == 2) and c == 3", "(a == ? and b == ?) and c == ?"),
        (~And((A | B,)), "not (a == 1 or b == 2)", "not (a == ? or b == ?)"),
    ],
    ids=lambda value: "" if isinstance(value, Condition) else value,
)
def test_a_condition_prints_as_it_was_meant(condition: Condition, text: str, without_values: str) -> None:
    assert str(condition) == condition.describe() == text
    assert condition.describe(values=False) == without_values


@every_condition
def test_no_value_is_shown_where_it_is_not_wanted(make: Callable[[], Condition]) -> None:
    text = make().describe(values=False)
    assert not set("12x'") & set(text.replace("next", "").replace("exact", ""))


def test_a_query_prints_as_a_sentence() -> None:
    whole = Query(Thing, A & B, (where("c").asc(), where("d.e").desc().nulls_last()), 5, 10, (Path.of("f"),))
    assert str(whole) == (
        "Thing where a == 1 and b == 2 order by c asc nulls last, d.e desc nulls last limit 5 offset 10"
    )
    assert whole.describe(values=False).startswith("Thing where a == ? and b == ? order by")
    assert str(Query(Thing)) == "Thing"
    assert str(Query(Thing, limit=0)) == "Thing limit 0"


# Paths


@pytest.mark.parametrize(
    "steps",
    [
        ("",),
        (".",),
        ("a.",),
        (".a",),
        ("a..b",),
        ("a", ""),
        (3,),
        (None,),
        (object(),),
        (Thing,),
        ("a", 3),
        (b"a",),
        ([],),
    ],
    ids=lambda step: repr(step).partition(" at 0x")[0],
)
def test_a_bad_step_is_refused_with_what_to_write(steps: tuple[Any, ...]) -> None:
    with pytest.raises(MappingError, match=r"is no path: (write attribute names with single dots|give an attribute)"):
        where(*steps)


def test_a_path_without_steps_is_refused() -> None:
    with pytest.raises(MappingError, match="is no path"):
        cast("Any", where)()


def test_steps_are_joined_and_split_at_dots() -> None:
    assert Path.of("a.b", "c").names == ("a", "b", "c")
    assert where(where("a.b"), "c").path == Path.of("a.b.c")
    assert Path.of("a", Attribute, "b").owners == (None, Thing, None)
    assert str(Path.of("a", Attribute)) == "a.name"


# Operands


@pytest.mark.parametrize("operator", ["__lt__", "__le__", "__gt__", "__ge__"])
def test_nothing_is_less_or_greater_than_none(operator: str) -> None:
    with pytest.raises(TypeError, match=r"use is_none\(\) or is_not_none\(\)"):
        getattr(where("a"), operator)(None)


@pytest.mark.parametrize("ends", [(None, 1), (1, None), (None, None)])
def test_nothing_is_between_none(ends: tuple[int | None, int | None]) -> None:
    with pytest.raises(TypeError, match=r"use is_none\(\) or is_not_none\(\)"):
        where("a").between(*ends)


@pytest.mark.parametrize("operator", ["startswith", "endswith", "contains", "like", "ilike"])
@pytest.mark.parametrize("operand", [None, 1, b"x", ["x"]], ids=repr)
def test_text_operators_take_text(operator: str, operand: object) -> None:
    with pytest.raises(TypeError, match=f"compares text, not {type(operand).__name__}"):
        getattr(where("a"), operator)(operand)


@pytest.mark.parametrize("operator", ["like", "ilike"])
@pytest.mark.parametrize("pattern", ["\\", "x\\", "x\\\\\\"])
def test_a_pattern_cannot_end_in_a_single_backslash(operator: str, pattern: str) -> None:
    with pytest.raises(ValueError, match="double it"):
        getattr(where("a"), operator)(pattern)
    getattr(where("a"), operator)(pattern + "\\")
    where("a").endswith(pattern)


# Orders and queries


def test_none_comes_last_ascending_and_first_descending() -> None:
    assert where("a").asc().nulls is Nulls.LAST
    assert where("a").desc().nulls is Nulls.FIRST
    assert where("a").asc().nulls_first() == Order(Path.of("a"), nulls=Nulls.FIRST)
    assert where("a").desc().nulls_last() == Order(Path.of("a"), descending=True, nulls=Nulls.LAST)
    assert where("a").asc().nulls_last() == where("a").asc()


def test_orders_are_made_of_one_key_or_several() -> None:
    ascending = where("a").asc()
    assert orders(None) == ()
    for one in ("a", where("a"), ascending, ["a"], ("a",)):
        assert orders(one) == (ascending,)
    assert orders(("a", where("b").desc())) == (ascending, where("b").desc())
    assert orders(Attribute) == (where("name").asc(),)
    with pytest.raises(MappingError, match="is no path"):
        orders(3)


def test_paths_are_made_of_one_relationship_or_several() -> None:
    assert paths(None) == ()
    assert paths("a.b") == (Path.of("a.b"),)
    assert paths(["a", Attribute, Path.of("c")]) == (Path.of("a"), Path.of("name"), Path.of("c"))


@pytest.mark.parametrize("number", [-1, True, False, "1", 1.0, b"1", [1]], ids=repr)
@pytest.mark.parametrize("which", ["limit", "offset"])
def test_a_query_refuses_what_is_no_number_of_rows(which: str, number: Any) -> None:
    with pytest.raises(ValueError, match=f"{which} is a whole number, zero or more"):
        Query(Thing, **{which: number})


def test_a_query_may_have_no_limit_but_has_an_offset() -> None:
    assert Query(Thing).limit is None
    with pytest.raises(ValueError, match="offset"):
        Query(Thing, offset=cast("Any", None))


def test_conditions_and_equalities_are_joined_by_and() -> None:
    assert all_of([]) == And(())
    assert all_of([A]) == A
    assert all_of([], [("a", 1)]) == A
    assert all_of([A, B]) == A & B
    assert all_of([A], [("b", 2), ("c", None)]) == A & B & where("c").is_none()
    assert all_of([A | B, C]) == (A | B) & C


@pytest.mark.parametrize("mistake", [True, None, "a == 1", where("a"), Thing], ids=repr)
def test_what_is_no_condition_is_refused(mistake: object) -> None:
    with pytest.raises(TypeError, match="is no condition: write where"):
        all_of([A, mistake])


@pytest.mark.parametrize("text", ["abc", b"abc"])
@pytest.mark.parametrize("ask", [Field.in_, Field.not_in])
def test_one_text_is_not_several_values(ask: Callable[..., Condition], text: str | bytes) -> None:
    with pytest.raises(TypeError, match="give a list"):
        ask(where("name"), text)

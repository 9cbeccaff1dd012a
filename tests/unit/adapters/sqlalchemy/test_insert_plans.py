"""How rows are inserted together is decided once for all rows of a shape, and never by their values."""

from sqlalchemy import inspect, make_url

from contract.model import Comment, User, mapping
from unitofwork.adapters.sqlalchemy.bulk.inserting import insert_plans
from unitofwork.adapters.sqlalchemy.prepared import MOST

DIALECT = make_url("sqlite://").get_dialect()()


def test_rows_of_one_shape_share_a_plan() -> None:
    mapping()
    plans, users, comments = insert_plans(), inspect(User), inspect(Comment)
    plan = plans(users, DIALECT, ("name", "age"))
    assert plans(users, DIALECT, ("name", "age")) is plan
    assert plans(users, DIALECT, ("age", "name")) is not plan
    assert plans(users, DIALECT, ("name",)) is not plan
    assert plans(comments, DIALECT, ("text",)) is not plans(users, DIALECT, ("name",))


def test_the_plan_not_used_for_longest_makes_room() -> None:
    mapping()
    plans, comments = insert_plans(), inspect(Comment)
    plan = plans(comments, DIALECT, ("text",))
    for _ in range(MOST):
        plans(comments, make_url("sqlite://").get_dialect()(), ("text",))
    assert plans(comments, DIALECT, ("text",)) is not plan

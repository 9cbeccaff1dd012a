"""One unit over several databases: each keeps its own classes under its own rules, and the unit is one all the same."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from integration.binds.conftest import Places
from integration.binds.shop import Line, Order, Shop, User
from unitofwork import EntityState, SqlAlchemyDatabase, orm_session, where
from unitofwork.domain.errors import (
    CheckViolation,
    NotFound,
    UniqueViolation,
    UnitOfWorkError,
    UnsupportedQuery,
    ValueOutOfRange,
)


def connections(database: SqlAlchemyDatabase) -> int:
    """How many connections are in use."""
    return sum(engine.pool.checkedout() for engine in database.engines)  # type: ignore[attr-defined]  # QueuePools


def fill(database: SqlAlchemyDatabase) -> None:
    with Shop(database) as uow:
        sandy = User("sandy")
        uow.users.add(sandy)
        uow.orders.add(Order(1, sandy, [Line("rope"), Line("helmet")]))
        uow.orders.add(Order(2, sandy))
        uow.commit()


def test_the_schema_is_made_and_dropped_where_it_belongs(database: SqlAlchemyDatabase, places: Places) -> None:
    assert places.users.tables() == {"users"}
    assert places.orders.tables() == {"orders", "order_lines"}
    database.drop_schema()
    assert places.users.tables() | places.orders.tables() == set()


def test_each_class_is_kept_in_its_database(database: SqlAlchemyDatabase, places: Places) -> None:
    fill(database)
    assert places.users.rows("users") == 1
    assert (places.orders.rows("orders"), places.orders.rows("order_lines")) == (2, 2)


def test_a_rollback_undoes_all(database: SqlAlchemyDatabase, places: Places, shop: Shop) -> None:
    sandy = User("sandy", [Order(1)])
    shop.users.add(sandy)
    shop.flush()
    assert sandy.orders[0].user_id == sandy.id
    shop.rollback()
    assert shop.state(sandy) is EntityState.TRANSIENT
    assert places.users.rows("users") + places.orders.rows("orders") == 0
    assert connections(database) == 0


def test_a_savepoint_undoes_its_part_in_all(database: SqlAlchemyDatabase, places: Places, shop: Shop) -> None:
    shop.users.add(User("sandy", [Order(1)]))
    with pytest.raises(NotFound), shop.savepoint():
        shop.users.add(User("patrick", [Order(2)]))
        shop.flush()
        raise NotFound
    shop.commit()
    assert (places.users.rows("users"), places.orders.rows("orders")) == (1, 1)


def test_relationships_between_databases_load(database: SqlAlchemyDatabase) -> None:
    fill(database)
    with Shop(database) as uow:
        sandy = uow.users.find_one(name="sandy")
        assert [order.number for order in sandy.orders] == [1, 2]
        assert sandy.orders[0].user is sandy
    with Shop(database).begin(read_only=True) as uow:
        sandy = uow.users.find_one(name="sandy", load="orders.lines")
    assert [len(order.lines) for order in sandy.orders] == [2, 0]
    with Shop(database).begin(read_only=True) as uow:
        order = uow.orders.find_one(number=1, load="user")
    assert order.user is not None
    assert order.user.name == "sandy"


def test_questions_inside_one_database_are_answered(database: SqlAlchemyDatabase) -> None:
    fill(database)
    with Shop(database) as uow:
        sandy = uow.users.find_one(name="sandy")
        assert uow.orders.count(where("lines.product") == "rope") == 1
        assert [line.product for line in uow.lines.find(where("order.number") == 1, order_by="id")] == [
            "rope",
            "helmet",
        ]
        assert uow.orders.count(user=sandy) == 2
        assert uow.orders.count(where("user").is_none()) == 0
        assert uow.orders.get(sandy.orders[0].id) is sandy.orders[0]


@pytest.mark.parametrize(
    "ask",
    [
        lambda uow: uow.orders.find(where("user.name") == "sandy"),
        lambda uow: uow.orders.count(~(where("number") == 1) | (where("user.name") == "sandy")),
        lambda uow: uow.users.exists(where("orders.lines.product") == "rope"),
        lambda uow: uow.lines.find_one(where("order.user.name") == "sandy"),
        lambda uow: uow.orders.find(order_by="user.name"),
        lambda uow: uow.orders.page(order_by=["user.name", "id"], size=10),
        lambda uow: uow.orders.update_where(where("user.name") == "sandy", number=1),
        lambda uow: uow.orders.delete_where(where("user.name") == "sandy"),
    ],
    ids=["find", "count", "exists", "find_one", "order", "page", "update_where", "delete_where"],
)
def test_a_question_that_only_a_join_of_databases_could_answer_is_refused(
    database: SqlAlchemyDatabase, shop: Shop, ask: Callable[[Shop], object]
) -> None:
    with pytest.raises(UnsupportedQuery, match="crosses from one database to another"):
        ask(shop)
    assert connections(database) == 0
    assert shop.users.count() == 0


def test_each_database_s_errors_are_ours(shop: Shop) -> None:
    shop.users.add(User("sandy", [Order(1)]))
    shop.commit()
    shop.users.add(User("sandy"))
    with pytest.raises(UniqueViolation) as of_users:
        shop.flush()
    assert (of_users.value.table, of_users.value.columns) == ("users", ("name",))
    shop.rollback()
    shop.orders.add(Order(1))
    with pytest.raises(UniqueViolation) as of_orders:
        shop.flush()
    assert (of_orders.value.table, of_orders.value.entity_type) == ("orders", Order)
    shop.rollback()
    shop.orders.add(Order(-1))
    with pytest.raises(CheckViolation, match="number_is_positive"):
        shop.commit()
    shop.rollback()
    assert shop.orders.count() == 1


def test_a_failure_in_one_ends_the_transaction_in_all(places: Places, shop: Shop) -> None:
    shop.orders.add(Order(1))
    shop.commit()
    shop.users.add(User("sandy"))
    shop.flush()
    shop.orders.add(Order(1))
    with pytest.raises(UniqueViolation):
        shop.commit()
    assert places.users.rows("users") == 0


def test_keys_are_checked_by_the_database_of_their_class(shop: Shop) -> None:
    with pytest.raises(ValueOutOfRange):
        shop.orders.get(2**80)
    with pytest.raises(ValueOutOfRange):
        shop.users.upsert(User("sandy", id=2**80))


def test_upsert_merges_across_databases(database: SqlAlchemyDatabase, places: Places) -> None:
    fill(database)
    with Shop(database) as uow:
        number = uow.orders.find_one(number=2).id
        merged = uow.users.upsert(User("sandy", [Order(3, id=number)], id=1))
        uow.commit()
    assert [order.number for order in merged.orders] == [1, 3]
    assert (places.users.rows("users"), places.orders.rows("orders")) == (1, 2)


def test_many_rows_are_written_where_they_belong(database: SqlAlchemyDatabase, places: Places) -> None:
    fill(database)
    with Shop(database) as uow:
        sandy = uow.users.find_one(name="sandy")
        assert uow.orders.insert_many({"number": number, "user_id": sandy.id} for number in range(3, 100)) == 97
        assert uow.orders.update_where(where("number") > 98, number=1000) == 1
        assert uow.orders.delete_where(where("number").between(3, 50)) == 48
        assert len(sandy.orders) == 2 + 49
        uow.commit()
    assert (places.users.rows("users"), places.orders.rows("orders")) == (1, 51)


def test_a_read_only_unit_writes_nowhere(database: SqlAlchemyDatabase, places: Places) -> None:
    with Shop(database).begin(read_only=True) as uow:
        assert (uow.users.count(), uow.orders.count()) == (0, 0)
        uow.users.add(User("sandy", [Order(1)]))
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.commit()
    assert places.users.rows("users") + places.orders.rows("orders") == 0


def test_closing_gives_every_connection_back(database: SqlAlchemyDatabase) -> None:
    for end in (Shop.commit, Shop.rollback, Shop.close, Shop.invalidate):
        uow = Shop(database).begin()
        uow.users.count()
        uow.orders.count()
        assert connections(database) == 2
        end(uow)
        assert connections(database) == 0
        uow.close()


def test_a_unit_open_at_dispose_still_ends_cleanly(database: SqlAlchemyDatabase, places: Places) -> None:
    with Shop(database) as uow:
        uow.users.add(User("sandy", [Order(1)]))
        uow.flush()
        database.dispose()
        uow.commit()
    assert connections(database) == 0
    assert (places.users.rows("users"), places.orders.rows("orders")) == (1, 1)


def test_the_raw_session_finds_each_class_and_table_in_its_database(database: SqlAlchemyDatabase) -> None:
    fill(database)
    with Shop(database) as uow:
        raw = orm_session(uow.session)
        assert len(raw.scalars(select(Order)).all()) == 2
        lines = database.mapping.metadata.tables["order_lines"]
        assert raw.execute(lines.select().order_by(lines.c.id)).scalars().all() == [1, 2]
        assert raw.scalar(text("SELECT name FROM users")) == "sandy"


def test_one_connection_is_not_joined_by_units_over_several_databases(database: SqlAlchemyDatabase) -> None:
    with (
        database.engine.connect() as connection,
        connection.begin(),
        pytest.raises(UnitOfWorkError, match="several databases cannot run on one connection"),
    ):
        database.joined(connection)

"""Rows B1 to B3: `update_where` sets attributes of all that conditions hold for, by one statement."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import ANYTHING, Database, where
from unitofwork.domain.errors import (
    CheckViolation,
    DetachedEntity,
    MappingError,
    NeedsRollback,
    NotNullViolation,
    PersistenceError,
    StaleEntity,
    UniqueViolation,
    UnitOfWorkError,
    UnsupportedQuery,
    ValueOutOfRange,
    WrongType,
)

from .adapters import Probe
from .model import Accounts, Address, Comment, Team, User
from .model import NewUnit as NewAccounts
from .model import mapping as accounts_mapping
from .models.warehouse import Article, NewUnit, Price, Warehouse
from .models.warehouse import mapping as warehouse_mapping
from .sent import writes


@pytest.fixture
def mapping(request: pytest.FixtureRequest) -> registry:
    return warehouse_mapping() if "unit" in request.fixturenames else accounts_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work on the warehouse."""
    return lambda: Warehouse(database)


@pytest.fixture
def people(accounts: NewAccounts) -> NewAccounts:
    """Makes a unit of work where four users are kept, of ages 10 to 40, and an address of the first."""
    with accounts() as uow:
        uow.users.add(User("user 1", age=10, addresses=[Address("one@example.org")]))
        uow.users.add_all(User(f"user {number}", age=number * 10) for number in range(2, 5))
        uow.commit()
    return accounts


def ages(uow: Accounts) -> list[int | None]:
    return [user.age for user in uow.users.find(order_by="name")]


# --- B1: rows, and no entities --------------------------------------------------------------------------------------


@pytest.mark.row("B1")
def test_rows_that_the_condition_holds_for_are_set_and_counted(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(where(User.age) > 20, age=99) == 2
        uow.commit()
    with people() as other:
        assert ages(other) == [10, 20, 99, 99]


@pytest.mark.row("B1")
def test_all_conditions_must_hold(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(where(User.age) > 10, where(User.age) < 40, age=99) == 2
        assert ages(uow) == [10, 99, 99, 40]


@pytest.mark.row("B1")
def test_rows_that_have_the_value_already_count(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(where(User.age) == 10, age=10) == 1


@pytest.mark.row("B1")
def test_what_answers_nothing_sets_nothing(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(where(User.age) == 5, age=99) == 0
        assert uow.users.update_where(where(User.age).in_([]), age=99) == 0
        assert ages(uow) == [10, 20, 30, 40]


@pytest.mark.row("B1")
def test_every_row_is_meant_by_anything(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(ANYTHING, age=None, fullname="x") == 4
        assert ages(uow) == [None] * 4


@pytest.mark.needs("statements")
@pytest.mark.row("B1")
def test_one_statement_is_sent_and_no_entity_made(people: NewAccounts, probe: Probe) -> None:
    with people() as uow:
        probe.statements()
        uow.users.update_where(where(User.age) > 20, age=99)
        assert list(uow) == []
        assert len(writes(probe)) == 1


@pytest.mark.row("B1")
def test_conditions_may_cross_relationships(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(where("addresses.email_address") == "one@example.org", age=99) == 1
        assert uow.addresses.update_where(where("user.age") == 99, email_address="x@example.org") == 1
        assert uow.addresses.find_one().email_address == "x@example.org"
        assert ages(uow) == [99, 20, 30, 40]


@pytest.mark.row("B1")
def test_conditions_may_cross_relationships_and_come_back(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(where("addresses.user.name") == "user 1", age=99) == 1
        assert ages(uow) == [99, 20, 30, 40]


@pytest.mark.row("B1")
def test_conditions_may_cross_relationships_of_a_class_with_itself(accounts: NewAccounts) -> None:
    with accounts() as uow:
        uow.comments.add(Comment("question", answers=[Comment("yes"), Comment("no")]))
        assert uow.comments.update_where(where("answers_to.text") == "question", score=1) == 2
        assert uow.comments.update_where(where("answers.text") == "yes", score=2) == 1
        assert [each.score for each in uow.comments.find(order_by="score")] == [1, 1, 2]


@pytest.mark.row("B1")
def test_what_the_condition_is_about_may_be_set(people: NewAccounts) -> None:
    with people() as uow:
        assert uow.users.update_where(where(User.age) == 10, age=20) == 1
        assert uow.users.update_where(where(User.age) == 20, age=10) == 2


@pytest.mark.row("B1")
def test_a_foreign_key_is_set_by_its_column(people: NewAccounts) -> None:
    with people() as uow:
        team = Team("karate")
        uow.teams.add(team)
        uow.flush()
        uow.users.update_where(ANYTHING, team_id=team.id)
        assert len(team.members) == 4


@pytest.mark.row("B1")
def test_a_value_object_is_set_whole(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.insert_many([{"title": "x", "price": None}, {"title": "y", "price": Price(1, "EUR")}])
        assert uow.articles.update_where(ANYTHING, price=Price(5, "USD")) == 2
        assert [article.price for article in uow.articles.find()] == [Price(5, "USD")] * 2
        uow.articles.update_where(where(Article.title) == "x", price=None)
        assert uow.articles.find_one(title="x").price is None


@pytest.mark.row("B1")
def test_what_columns_compute_at_an_update_is_computed(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.insert_many([{"title": "x"}])
        uow.articles.update_where(ANYTHING, stock=1)
        assert uow.articles.find_one().origin == "revised"


@pytest.mark.row("B1")
def test_rows_of_a_subclass_alone_are_set(unit: NewUnit) -> None:
    with unit() as uow:
        uow.boxes.insert_many([{"weight": 1}])
        uow.crates.insert_many([{"weight": 1}])
        assert uow.crates.update_where(where("weight") == 1, weight=2) == 1
        assert uow.boxes.update_where(ANYTHING, weight=3) == 2


# --- B2: what the unit holds ----------------------------------------------------------------------------------------


@pytest.mark.row("B2")
def test_what_was_changed_is_sent_before(people: NewAccounts) -> None:
    with people() as uow, uow.no_autoflush():
        uow.users.named("user 1").age = 50
        uow.users.add(User("user 5", age=50))
        assert uow.users.update_where(where(User.age) == 50, fullname="fifty") == 2


@pytest.mark.row("B2")
def test_entities_in_the_unit_are_brought_up_to_date(people: NewAccounts) -> None:
    with people() as uow:
        user = uow.users.named("user 1")
        uow.users.update_where(where(User.name) == "user 1", age=11)
        assert user.age == 11
        uow.rollback()
        assert user.age == 10


@pytest.mark.row("B2")
def test_collections_in_the_unit_are_brought_up_to_date(people: NewAccounts) -> None:
    with people() as uow:
        karate, band = Team("karate", [uow.users.named("user 1")]), Team("band")
        uow.teams.add_all([karate, band])
        uow.flush()
        assert (len(karate.members), len(band.members)) == (1, 0)
        uow.users.update_where(where(User.name) == "user 1", team_id=band.id)
        assert (len(karate.members), len(band.members)) == (0, 1)


@pytest.mark.row("B2")
def test_entities_are_as_they_were_after_a_savepoint_is_left_by_an_exception(people: NewAccounts) -> None:
    with people() as uow:
        user = uow.users.named("user 1")
        with pytest.raises(RuntimeError), uow.savepoint():
            uow.users.update_where(ANYTHING, age=99)
            assert user.age == 99
            raise RuntimeError
        assert user.age == 10


@pytest.mark.row("B2")
def test_what_was_not_committed_is_not_shown_as_kept(people: NewAccounts) -> None:
    with people() as uow:
        read = uow.addresses.find_one()
        uow.users.update_where(ANYTHING, age=99)
        user = uow.users.named("user 1")
    assert read.email_address == "one@example.org"
    with pytest.raises(DetachedEntity):
        assert user.age == 99


@pytest.mark.row("B2")
def test_a_version_goes_up(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.insert_many([{"title": "x"}, {"title": "y"}])
        uow.commit()
        article = uow.articles.find_one(title="x")
        uow.articles.update_where(ANYTHING, stock=1)
        assert article.version == 2
        article.stock = 2
        uow.commit()
        assert article.version == 3


@pytest.mark.row("B2")
def test_a_change_elsewhere_by_update_where_is_found_out(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.insert_many([{"title": "x"}])
        uow.commit()
        detached = uow.articles.find_one()
    with unit() as second:
        second.articles.update_where(ANYTHING, stock=1)
        second.commit()
    detached.stock = 5
    with unit() as third:
        third.articles.add(detached)
        with pytest.raises(StaleEntity):
            third.commit()


# --- B3: all or nothing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({"agee": 1}, MappingError, "has no attribute 'agee'; it has"),
        ({"age": "x"}, WrongType, "takes int, not str"),
        ({"age": 2**31}, ValueOutOfRange, "32 bits"),
        ({"name": None}, NotNullViolation, "User.name needs a value"),
        ({"id": 5}, MappingError, "primary key"),
        ({"team": None}, MappingError, "give what is behind it, team_id"),
        ({"addresses": []}, MappingError, "a relationship to other rows"),
    ],
)
@pytest.mark.row("B3")
def test_what_cannot_be_set_is_refused_and_the_unit_goes_on(
    people: NewAccounts, values: dict[str, object], error: type[PersistenceError], says: str
) -> None:
    with people() as uow:
        with pytest.raises(error, match=says):
            uow.users.update_where(ANYTHING, **values)
        assert ages(uow) == [10, 20, 30, 40]


@pytest.mark.row("B3")
def test_a_sql_expression_is_no_value(people: NewAccounts) -> None:
    with people() as uow:
        with pytest.raises(WrongType, match=r"User\.age is set to a value"):
            uow.users.update_where(ANYTHING, age=User.age)
        assert ages(uow) == [10, 20, 30, 40]


@pytest.mark.row("B3")
def test_what_the_database_refuses_ends_the_transaction(people: NewAccounts) -> None:
    for values, error in (({"name": "x"}, UniqueViolation), ({"age": -1}, CheckViolation)):
        with people() as uow:
            with pytest.raises(error):
                uow.users.update_where(ANYTHING, **values)
            with pytest.raises(NeedsRollback):
                uow.users.count()
            uow.rollback()
            assert ages(uow) == [10, 20, 30, 40]


@pytest.mark.row("B3")
def test_to_say_which_rows_must_not_be_forgotten(people: NewAccounts) -> None:
    with people() as uow:
        with pytest.raises(UnitOfWorkError, match="give ANYTHING to mean every User"):
            uow.users.update_where(age=1)
        with pytest.raises(UnitOfWorkError, match="nothing to set"):
            uow.users.update_where(where(User.age) == 1)
        assert ages(uow) == [10, 20, 30, 40]


@pytest.mark.row("B3")
def test_a_condition_with_a_name_that_is_none_is_refused(people: NewAccounts) -> None:
    with people() as uow:
        with pytest.raises(MappingError, match="has no attribute 'agee'"):
            uow.users.update_where(where("agee") == 1, age=1)
        assert ages(uow) == [10, 20, 30, 40]


@pytest.mark.row("B3")
def test_what_the_mapping_keeps_is_refused(unit: NewUnit) -> None:
    with unit() as uow:
        with pytest.raises(MappingError, match=r"Article\.version is kept by the mapping"):
            uow.articles.update_where(ANYTHING, version=1)
        with pytest.raises(MappingError, match=r"Box\.kind is kept by the mapping"):
            uow.boxes.update_where(ANYTHING, kind="crate")


@pytest.mark.row("B3")
def test_a_class_of_two_tables_is_refused(unit: NewUnit) -> None:
    with unit() as uow, pytest.raises(UnsupportedQuery, match="machines, lorries"):
        uow.lorries.update_where(ANYTHING, seats=5)


@pytest.mark.row("B3")
def test_a_read_only_unit_refuses(people: NewAccounts) -> None:
    with people().begin(read_only=True) as uow:
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.users.update_where(ANYTHING, age=1)
        assert ages(uow) == [10, 20, 30, 40]

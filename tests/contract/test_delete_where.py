"""Rows B1 to B3: `delete_where` deletes all that conditions hold for, by one statement and the database's own rules."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import ANYTHING, Database, EntityState, where
from unitofwork.domain.errors import ForeignKeyViolation, MappingError, NeedsRollback, UnitOfWorkError, UnsupportedQuery

from .adapters import Probe
from .model import Accounts, Address, Badge, Comment, NewUnit, Team, User
from .model import mapping as accounts_mapping
from .models.warehouse import Warehouse
from .models.warehouse import mapping as warehouse_mapping
from .sent import writes


@pytest.fixture
def mapping(request: pytest.FixtureRequest) -> registry:
    return warehouse_mapping() if "warehouse" in request.fixturenames else accounts_mapping()


@pytest.fixture
def warehouse(database: Database) -> Warehouse:
    return Warehouse(database)


@pytest.fixture
def people(accounts: NewUnit) -> NewUnit:
    """Makes a unit of work where four users are kept, of ages 10 to 40, and an address of the first."""
    with accounts() as uow:
        uow.users.add(User("user 1", age=10, addresses=[Address("one@example.org")]))
        uow.users.add_all(User(f"user {number}", age=number * 10) for number in range(2, 5))
        uow.commit()
    return accounts


def names(uow: Accounts) -> list[str]:
    return [user.name for user in uow.users.find(order_by="name")]


# --- B1: rows, and no entities --------------------------------------------------------------------------------------


@pytest.mark.row("B1")
def test_rows_that_the_condition_holds_for_are_deleted_and_counted(people: NewUnit) -> None:
    with people() as uow:
        assert uow.users.delete_where(where(User.age) > 20) == 2
        uow.commit()
    with people() as other:
        assert names(other) == ["user 1", "user 2"]


@pytest.mark.row("B1")
def test_all_conditions_must_hold(people: NewUnit) -> None:
    with people() as uow:
        assert uow.users.delete_where(where(User.age) > 10, where(User.age) < 40) == 2
        assert names(uow) == ["user 1", "user 4"]


@pytest.mark.row("B1")
def test_what_answers_nothing_deletes_nothing(people: NewUnit) -> None:
    with people() as uow:
        assert uow.users.delete_where(where(User.age) == 5) == 0
        assert len(names(uow)) == 4


@pytest.mark.row("B1")
def test_every_row_is_meant_by_anything(people: NewUnit) -> None:
    with people() as uow:
        assert uow.users.delete_where(ANYTHING) == 4
        assert names(uow) == []


@pytest.mark.needs("statements")
@pytest.mark.row("B1")
def test_one_statement_is_sent_and_no_entity_made(people: NewUnit, probe: Probe) -> None:
    with people() as uow:
        probe.statements()
        uow.users.delete_where(where(User.age) > 20)
        assert list(uow) == []
        assert len(writes(probe)) == 1


@pytest.mark.row("B1")
def test_conditions_may_cross_relationships(people: NewUnit) -> None:
    with people() as uow:
        assert uow.addresses.delete_where(where("user.name") == "user 2") == 0
        assert uow.users.delete_where(where("addresses.user.name") == "user 1") == 1
        assert names(uow) == ["user 2", "user 3", "user 4"]


@pytest.mark.row("B1")
def test_conditions_may_cross_relationships_of_a_class_with_itself(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.comments.add(Comment("question", answers=[Comment("yes"), Comment("no")]))
        assert uow.comments.delete_where(where("answers_to.text") == "question") == 2
        assert uow.comments.find_one().text == "question"


@pytest.mark.row("B1")
def test_the_databases_rules_act_on_related_rows(people: NewUnit) -> None:
    with people() as uow:
        uow.teams.add(Team("karate", [uow.users.named("user 2")]))
        uow.flush()
        uow.users.delete_where(where(User.name) == "user 1")
        assert uow.addresses.count() == 0
        uow.teams.delete_where(ANYTHING)
        assert uow.users.named("user 2").team is None


@pytest.mark.row("B1")
def test_rows_of_a_subclass_alone_are_deleted(warehouse: Warehouse) -> None:
    with warehouse as uow:
        uow.boxes.insert_many([{"weight": 1}])
        uow.crates.insert_many([{"weight": 1}, {"weight": 2}])
        assert uow.crates.delete_where(ANYTHING) == 2
        assert uow.boxes.delete_where(ANYTHING) == 1


# --- B2: what the unit holds ----------------------------------------------------------------------------------------


@pytest.mark.row("B2")
def test_what_was_changed_is_sent_before(people: NewUnit) -> None:
    with people() as uow, uow.no_autoflush():
        uow.users.named("user 1").age = 50
        uow.users.add(User("user 5", age=50))
        assert uow.users.delete_where(where(User.age) == 50) == 2


@pytest.mark.row("B2")
def test_entities_whose_rows_are_gone_are_deleted(people: NewUnit) -> None:
    with people() as uow:
        gone, kept = uow.users.named("user 1"), uow.users.named("user 2")
        uow.users.delete_where(where(User.name) == "user 1")
        assert uow.state(gone) is EntityState.DELETED
        assert uow.state(kept) is EntityState.PERSISTENT
        assert gone not in uow
        assert uow.users.get(gone.id) is None
        assert gone.name == "user 1"
        gone.age = 5
        kept.age = 6
        uow.commit()
    with people() as other:
        assert [user.age for user in other.users.find(order_by="name")] == [6, 30, 40]


@pytest.mark.row("B2")
def test_entities_whose_rows_are_gone_are_back_after_a_rollback(people: NewUnit) -> None:
    with people() as uow:
        user = uow.users.named("user 1")
        uow.users.delete_where(ANYTHING)
        uow.rollback()
        assert uow.state(user) is EntityState.PERSISTENT
        assert uow.users.named("user 1") is user
        user.age = 11
        uow.commit()
    with people() as other:
        assert other.users.named("user 1").age == 11


@pytest.mark.row("B2")
def test_entities_whose_rows_are_gone_are_back_after_a_savepoint_is_left_by_an_exception(people: NewUnit) -> None:
    with people() as uow:
        user = uow.users.named("user 1")
        with pytest.raises(RuntimeError), uow.savepoint():
            uow.users.delete_where(ANYTHING)
            raise RuntimeError
        assert uow.users.named("user 1") is user
        assert uow.state(user) is EntityState.PERSISTENT


@pytest.mark.row("B2")
def test_a_key_that_is_gone_can_be_added_again(people: NewUnit) -> None:
    with people() as uow:
        user = uow.users.named("user 1")
        uow.users.delete_where(where(User.name) == "user 1")
        again = User("user 1", id=user.id)
        uow.users.add(again)
        uow.commit()
        assert uow.users.get_one(user.id) is again


@pytest.mark.row("B2")
def test_what_the_databases_rules_did_to_others_is_seen(people: NewUnit) -> None:
    with people() as uow:
        user, other = uow.users.named("user 1"), uow.users.named("user 2")
        team = Team("karate", [other])
        badge = Badge(1, user)
        uow.teams.add(team)
        uow.badges.add(badge)
        uow.flush()
        address, worn = user.addresses[0].id, badge.id
        assert worn is not None
        uow.users.delete_where(where(User.name) == "user 1")
        uow.teams.delete_where(ANYTHING)
        assert uow.addresses.get(address) is None
        assert uow.badges.get(worn) is None
        assert other.team is None
        uow.commit()


@pytest.mark.row("B2")
def test_collections_in_the_unit_are_brought_up_to_date(people: NewUnit) -> None:
    with people() as uow:
        user = uow.users.named("user 1")
        assert len(user.addresses) == 1
        uow.addresses.delete_where(ANYTHING)
        assert user.addresses == []


@pytest.mark.row("B2")
def test_many_entities_with_keys_of_two_parts_are_deleted(warehouse: Warehouse) -> None:
    with warehouse as uow:
        uow.places.insert_many({"hall": n % 7, "number": n, "shelf": "x"} for n in range(1_200))
        places = uow.places.find()
        assert uow.places.delete_where(where("hall") == 3) == 171
        states = {place.hall: uow.state(place) for place in places}
        assert [hall for hall, state in states.items() if state is EntityState.DELETED] == [3]


# --- B3: all or nothing ---------------------------------------------------------------------------------------------


@pytest.mark.row("B3")
def test_a_row_that_is_still_referred_to_ends_the_transaction(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.comments.add(Comment("question", answers=[Comment("yes")]))
        uow.commit()
        with pytest.raises(ForeignKeyViolation):
            uow.comments.delete_where(where(Comment.text) == "question")
        with pytest.raises(NeedsRollback):
            uow.comments.count()
        uow.rollback()
        assert uow.comments.count() == 2


@pytest.mark.row("B3")
def test_to_say_which_rows_must_not_be_forgotten(people: NewUnit) -> None:
    with people() as uow:
        with pytest.raises(UnitOfWorkError, match="give ANYTHING to mean every User"):
            uow.users.delete_where()
        assert len(names(uow)) == 4


@pytest.mark.row("B3")
def test_a_condition_with_a_name_that_is_none_is_refused(people: NewUnit) -> None:
    with people() as uow:
        with pytest.raises(MappingError, match="has no attribute 'agee'"):
            uow.users.delete_where(where("agee") == 1)
        assert len(names(uow)) == 4


@pytest.mark.row("B3")
def test_a_class_of_two_tables_is_refused(warehouse: Warehouse) -> None:
    with warehouse as uow, pytest.raises(UnsupportedQuery, match="machines, lorries"):
        uow.lorries.delete_where(ANYTHING)


@pytest.mark.row("B3")
def test_a_read_only_unit_refuses(people: NewUnit) -> None:
    with people().begin(read_only=True) as uow:
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.users.delete_where(ANYTHING)
        assert len(names(uow)) == 4

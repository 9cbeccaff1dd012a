"""Loading gives what `Session.scalars` gives: the same entities, loaded as far, after the same flush."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from attrs import field
from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    inspect,
    select,
)
from sqlalchemy.orm import ORMExecuteState, Session, registry, relationship, selectinload, with_loader_criteria

from unitofwork import entity, map_entity
from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect
from unitofwork.adapters.sqlalchemy.loading import load, load_placed
from unitofwork.adapters.sqlalchemy.prepared import build, placed
from unitofwork.domain.query import Query, orders


@entity
class Room:
    name: str
    desks: list["Desk"] = field(factory=list)
    doors: list["Door"] = field(factory=list)
    id: int | None = None


@entity
class Desk:
    name: str
    drawers: list["Drawer"] = field(factory=list)
    id: int | None = None


@entity
class Drawer:
    name: str
    id: int | None = None


@entity
class Door:
    name: str
    id: int | None = None


@pytest.fixture
def session() -> Iterator[Session]:
    mapping = registry()

    def table(name: str, *refers_to: str) -> Table:
        columns = [Column(f"{other}_id", Integer, ForeignKey(f"{other}.id")) for other in refers_to]
        return Table(name, mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String), *columns)

    rooms, desks, drawers, doors = table("room"), table("desk", "room"), table("drawer", "desk"), table("door", "room")
    map_entity(
        mapping,
        Room,
        rooms,
        properties={"desks": relationship(Desk, lazy="joined"), "doors": relationship(Door, lazy="selectin")},
    )
    map_entity(mapping, Desk, desks, properties={"drawers": relationship(Drawer)})
    map_entity(mapping, Drawer, drawers)
    map_entity(mapping, Door, doors)
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as made:
        desk = Desk("left", [Drawer("upper"), Drawer("lower")])
        made.add_all([Room("study", [desk, Desk("right")], [Door("front"), Door("back")]), Room("hall")])
        made.commit()
        yield made
    engine.dispose()
    mapping.dispose()


NAMED = {"name": "study"}


def rooms() -> Select[Room]:
    return select(Room).where(inspect(Room).c.name == bindparam("name", type_=String()))


def loaded(session: Session, statement: Select[Room]) -> list[Room]:
    return load(session, CompiledSelect(statement), NAMED, inspect(Room))


def test_what_is_joined_repeats_nothing(session: Session) -> None:
    found = loaded(session, rooms())
    assert [room.name for room in found] == ["study"]
    assert {desk.name for desk in found[0].__dict__["desks"]} == {"left", "right"}


def test_what_is_loaded_after_is_loaded(session: Session) -> None:
    (study,) = loaded(session, rooms().options(selectinload(Room.desks).selectinload(Desk.drawers)))  # type: ignore[arg-type]  # mapped at run time
    assert {door.name for door in study.__dict__["doors"]} == {"front", "back"}
    left = next(desk for desk in study.desks if desk.name == "left")
    assert {drawer.name for drawer in left.__dict__["drawers"]} == {"upper", "lower"}


def test_it_is_the_same_entity_that_the_session_has(session: Session) -> None:
    study = session.scalars(rooms(), NAMED).unique().one()
    assert loaded(session, rooms()) == [study]


def test_what_was_changed_is_sent_first(session: Session) -> None:
    session.add(Room("study"))
    assert len(loaded(session, rooms())) == 2


def test_what_was_changed_is_not_sent_where_the_session_shall_not(session: Session) -> None:
    session.add(Room("study"))
    with session.no_autoflush:
        assert len(loaded(session, rooms())) == 1


def test_a_value_is_not_left_behind(session: Session) -> None:
    select = CompiledSelect(rooms())
    assert [room.name for room in load(session, select, {"name": "hall"}, inspect(Room))] == ["hall"]
    assert [room.name for room in load(session, select, {"name": "study"}, inspect(Room))] == ["study"]
    assert load(session, select, {"name": "cellar"}, inspect(Room)) == []


def test_a_listener_for_statements_is_heard(session: Session) -> None:
    def hide(asked: ORMExecuteState) -> None:
        asked.statement = asked.statement.options(with_loader_criteria(Room, inspect(Room).c.name != "study"))

    event.listen(session, "do_orm_execute", hide)
    assert loaded(session, rooms()) == []


def test_options_of_the_statement_are_kept(session: Session) -> None:
    (study,) = loaded(session, rooms())
    with session.no_autoflush:
        study.name = "overwritten"
        loaded(session, rooms().execution_options(populate_existing=True))
    assert study.name == "study"


def test_a_row_that_cannot_be_read_leaves_no_cursor_open(session: Session) -> None:
    event.listen(Room, "load", lambda room, context: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        loaded(session, rooms())
    session.rollback()
    session.connection().exec_driver_sql("DROP TABLE drawer")


def placed_rooms(session: Session, **others: Any) -> list[tuple[str, tuple[object, ...]]]:
    query = Query(Room, order_by=orders(("name", "id")), **others)
    selects, values, _ = build(placed, query, session.get_bind().dialect)
    return [(room.name, place) for room, place in load_placed(session, selects, values, query)]


def test_each_entity_comes_once_with_its_place(session: Session) -> None:
    assert placed_rooms(session) == [("hall", ("hall", 2)), ("study", ("study", 1))]


@pytest.mark.parametrize("listening", [False, True])
def test_what_follows_a_place_is_counted_over_all_of_its_statements(session: Session, listening: bool) -> None:
    session.add_all([Room("hall", id=3), Room("hall", id=4), Room("kitchen", id=5), Room("tower", id=6)])
    if listening:
        event.listen(session, "do_orm_execute", lambda _: None)
    found = placed_rooms(session, after=("hall", 2), offset=1, limit=2)
    assert found == [("hall", ("hall", 4)), ("kitchen", ("kitchen", 5))]
    assert len(placed_rooms(session, after=("hall", 2), offset=1)) == 4


def test_no_more_rows_are_read_than_are_missing(session: Session) -> None:
    session.add_all([Room("hall", id=3), Room("kitchen", id=5), Room("tower", id=6)])
    limits: list[object] = []

    def note(_connection: object, _cursor: object, statement: str, values: Sequence[object], *_: object) -> None:
        if " LIMIT " in statement:
            limits.append(values[-2])  # LIMIT ? OFFSET 0, or the like

    event.listen(session.get_bind(), "before_cursor_execute", note)
    placed_rooms(session, after=("hall", 2), limit=2)
    assert limits == [2, 1]

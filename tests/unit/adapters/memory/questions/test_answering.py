"""Rows in memory answer as the SQL adapter does, across every kind of relationship and attribute."""

from collections.abc import Iterator
from random import Random

import pytest

from contract.models import library, places, staff
from contract.models.library import Author, Book, Chapter, Copy, Cover, Loan, Note, Reader, Tag
from contract.models.places import Place, Point
from contract.models.staff import Car, Department, Employee, Engineer, Lead, Manager, Truck, Vehicle
from unit.adapters.memory.questions.mirror import Mirror, mirrored
from unitofwork import Condition, where
from unitofwork.adapters.memory.questions.answering import Question, matching
from unitofwork.adapters.memory.questions.following import related_of
from unitofwork.adapters.memory.questions.records import records_of
from unitofwork.adapters.orm.names import mapper_of
from unitofwork.domain.errors import MappingError, PersistenceError, UnsupportedQuery, WrongType
from unitofwork.domain.query import Query, orders


@pytest.fixture(scope="module")
def at_places() -> Iterator[Mirror]:
    mapping = places.mapping()
    world = Place("world")
    asia, laos = Place("asia", Point(1, 2), parent=world, size=40), Place("laos", Point(1), size=1)
    laos.parent = asia
    europe = Place("europe", Point(1, 3), Point(4, 4), parent=world)
    asia.roads = [laos, europe]
    europe.roads = [asia]
    with mirrored(mapping, [world, asia, laos, europe]) as mirror:
        yield mirror


@pytest.fixture(scope="module")
def at_work() -> Iterator[Mirror]:
    mapping = staff.mapping()
    research, sales = Department("research"), Department("sales")
    boss = Manager("Ann", research, bonus=5)
    workers = [
        Employee("Bob", sales, boss),
        Engineer("Cid", research, boss, language="c"),
        Lead("Dee", research, language="lisp", team_size=3),
        Manager("Eve", None, boss, bonus=7),
    ]
    vehicles = [Car("A 1", workers[0], doors=3), Truck("A 2", workers[2], tons=7), Car("A 3", doors=5)]
    with mirrored(mapping, [research, sales, boss, *workers, *vehicles]) as mirror:
        yield mirror


@pytest.fixture(scope="module")
def at_library() -> Iterator[Mirror]:
    mapping = library.mapping()
    ann, bob = Author("Ann"), Author("Bob")
    red, new = Tag("red"), Tag("new")
    first = Book("First", [ann, bob], {red, new}, cover=Cover("blue"))
    second = Book("Second", [bob], {new}, chapters=[Chapter("one"), Chapter("two")])
    third = Book("Third")
    note = Note("k", "text")
    third.notes = {"k": note}
    copies = [Copy("s1", first), Copy("s2", first), Copy("s1", third)]
    reader = Reader("Rea")
    loans = [Loan(first, reader, 3), Loan(third, reader)]
    with mirrored(mapping, [first, second, third, *copies, reader, *loans]) as mirror:
        yield mirror


def check(mirror: Mirror, entity_type: type, condition: Condition) -> int:
    """Both answer alike; how many there are."""
    query: Query[object] = Query(entity_type, condition)
    found = mirror.in_memory(query)
    assert sorted(map(repr, found)) == sorted(map(repr, mirror.by_sql(query)))
    return len(found)


@pytest.mark.parametrize(
    ("condition", "number"),
    [
        (where("position") == Point(1, 2), 1),
        (where("position") == Point(1), 1),
        (where("position") != Point(1, 2), 1),
        (~(where("position") != Point(1, 2)), 1),
        (where("position").is_none(), 1),
        (where("position").is_not_none(), 3),
        (where("entrance").is_none(), 3),
        (where("parent").is_none(), 1),
        (where("parent").is_not_none(), 3),
        (where("parent.parent.name") == "world", 1),
        (where("parent.position") == Point(1, 2), 1),
        (where("children.name") == "laos", 1),
        (~(where("children.name") == "laos"), 3),
        (where("children.children.name").like("l%"), 1),
        (where("roads.name") == "europe", 1),
        (where("roads.name").startswith("l"), 1),
        (where("roads.id").in_([1, 2, 3, 4]), 2),
        (~where("roads.id").is_not_none(), 2),
        (where("roads.roads.roads.name") == "asia", 1),
        ((where("name") == "asia") & (where("roads.name") == "laos"), 1),
        ((where("name") == "asia") & ~(where("roads.roads.name").ilike("ASIA")), 0),
        ((where("name") == "asia") | (where("children.size") == 1), 1),
        (where("title").startswith("e"), 1),
        (where("size").not_in([40]), 1),
        (where("twice") > 60, 1),
        (~(where("twice") > 60), 1),
        (where("twice").is_none(), 2),
        (where("twice").in_([2, 80]), 2),
        (where("initial") == "A", 1),
        (where("parent.initial").like("W%"), 2),
        (~(where("children.twice") == 2), 3),
    ],
    ids=str,
)
def test_a_condition_on_a_graph_of_places(at_places: Mirror, condition: Condition, number: int) -> None:
    assert check(at_places, Place, condition) == number


@pytest.mark.parametrize(
    ("entity_type", "condition", "number"),
    [
        (Employee, where("name") > "A", 5),
        (Manager, where("bonus") > 5, 1),
        (Manager, where("name") == "Ann", 1),
        (Manager, where("id").in_([1, 2, 3, 4, 5]), 2),
        (Manager, (where("bonus") == 5) & (where("name") == "Eve"), 0),
        (Manager, where("reports.name") == "Cid", 1),
        (Manager, where("reports.boss.reports.name") == "Eve", 1),
        (Engineer, where("language").in_(["c", "lisp"]), 2),
        (Lead, (where("team_size") == 3) & (where("language") == "lisp") & (where("name") == "Dee"), 1),
        (Employee, where("boss.bonus") == 5, 3),
        (Employee, where("boss.name").is_none(), 0),
        (Employee, where("boss").is_none(), 2),
        (Lead, where("department.name") == "research", 1),
        (Department, where("staff.boss.name") == "Ann", 2),
        (Department, ~(where("staff.boss.bonus") == 5), 0),
        (Vehicle, where("driver.name").in_(["Bob", "Dee"]), 2),
        (Car, where("plate").startswith("A"), 2),
        (Car, where("driver.name") == "Bob", 1),
        (Truck, where("id").in_([1, 2, 3]), 1),
        (Truck, where("id") == 1, 0),
        (Truck, where("tons") == 7, 1),
    ],
    ids=str,
)
def test_a_condition_on_a_hierarchy(at_work: Mirror, entity_type: type, condition: Condition, number: int) -> None:
    assert check(at_work, entity_type, condition) == number


@pytest.mark.parametrize(
    ("entity_type", "condition", "number"),
    [
        (Book, where("authors.name") == "Bob", 2),
        (Book, ~(where("authors.name") == "Bob"), 1),
        (Author, where("books.tags.word") == "red", 2),
        (Book, where("tags.word").in_(["red", "blue"]), 1),
        (Book, where("cover").is_none(), 2),
        (Book, where("cover").is_not_none(), 1),
        (Book, where("cover.color") == "blue", 1),
        (Book, where("chapters.position") == 1, 1),
        (Book, where("copies.shelf") == "s1", 2),
        (Book, where("notes.keyword") == "k", 1),
        (Book, where("loans.reader.name") == "Rea", 2),
        (Loan, (where("book.title") == "First") & (where("days") == 3), 1),
        (Reader, where("loans.book.authors.name") == "Ann", 1),
    ],
    ids=str,
)
def test_a_condition_on_a_library(at_library: Mirror, entity_type: type, condition: Condition, number: int) -> None:
    assert check(at_library, entity_type, condition) == number


def test_a_relationship_is_compared_with_an_entity(at_places: Mirror, at_library: Mirror) -> None:
    with places.Places(at_places.database) as uow:
        asia = uow.places.find_one(name="asia")
    for condition, number in [
        (where("parent") == asia, 1),
        (where("parent") != asia, 2),
        (~(where("parent") == asia), 2),
        (where("children.parent") == asia, 1),
        (where("roads.parent") == asia, 1),
        ((where("name") == "laos") & (where("parent") == asia), 1),
    ]:
        assert check(at_places, Place, condition) == number
    with library.Library(at_library.database) as loaded:
        cover = loaded.covers.find_one(color="blue")
    assert check(at_library, Book, where("cover") == cover) == 1
    assert check(at_library, Book, where("cover") != cover) == 2


@pytest.mark.parametrize(
    ("order", "limit", "offset"),
    [
        (["name"], None, 0),
        ([where("size").desc(), "name"], None, 0),
        ([where("size").asc().nulls_first(), where("name").desc()], None, 0),
        (["parent.name", "id"], None, 0),
        ([where("parent.parent.size").desc(), where("parent.name").desc().nulls_last(), "name"], None, 0),
        ([where("twice").desc().nulls_last(), where("initial").desc()], None, 0),
        (["parent.initial", "initial"], None, 0),
        (["name"], 2, 0),
        (["name"], 2, 1),
        (["name"], None, 3),
        (["name"], 3, 9),
    ],
    ids=str,
)
def test_an_answer_is_in_order(at_places: Mirror, order: list[object], limit: int | None, offset: int) -> None:
    query = Query(Place, order_by=orders(order), limit=limit, offset=offset)
    assert at_places.in_memory(query) == at_places.by_sql(query)


def test_what_has_no_order_is_shuffled_when_that_is_asked_for(at_places: Mirror) -> None:
    def shuffled(query: Query[Place], seed: int) -> tuple[object, ...]:
        return tuple(row[1] for row in Question(query).answer(at_places.reader, Random(seed)))

    answers = {shuffled(Query(Place), seed) for seed in range(30)}
    assert len(answers) > 5
    assert {frozenset(answer) for answer in answers} == {frozenset([1, 2, 3, 4])}
    by_parent = {shuffled(Query(Place, order_by=orders("parent.name")), seed) for seed in range(30)}
    assert len(by_parent) == 2  # the two places in the world, either way
    assert len({shuffled(Query(Place, order_by=orders("id")), seed) for seed in range(30)}) == 1


def test_a_refusal_is_the_sql_adapters(at_places: Mirror) -> None:
    wrong: list[Query[Place]] = [
        Query(Place, where("nmae") == "x"),
        Query(Place, where("name.length") == 1),
        Query(Place, where("name") == 1),
        Query(Place, where("size").in_([1, "x"])),
        Query(Place, where("size").between(1, "x")),
        Query(Place, where("size").like("x")),
        Query(Place, where("children").is_none()),
        Query(Place, where("parent").like("x")),
        Query(Place, where("parent") == 5),
        Query(Place, where("parent") == Place("new")),
        Query(Place, where("position") < Point(1)),
        Query(Place, order_by=orders("nmae")),
        Query(Place, order_by=orders("parent")),
        Query(Place, order_by=orders("position")),
        Query(Place, order_by=orders("children.name")),
    ]
    for query in wrong:
        with pytest.raises(PersistenceError) as by_sql:
            at_places.by_sql(query)
        for _ in range(2):  # nothing of a refused question is kept
            with pytest.raises(PersistenceError) as in_memory:
                at_places.in_memory(query)
            assert (type(in_memory.value), str(in_memory.value)) == (type(by_sql.value), str(by_sql.value))
            assert in_memory.value.entity_type is by_sql.value.entity_type


def test_a_wrong_operand_is_refused_after_a_right_one_of_the_same_shape(at_places: Mirror) -> None:
    assert len(at_places.in_memory(Query(Place, where("name") == "asia"))) == 1
    with pytest.raises(WrongType, match=r"Place\.name takes str"):
        Question(Query(Place, where("name") == 5))
    assert at_places.in_memory(Query(Place, where("name") == "ASIA")) == []


def test_a_class_that_is_not_mapped_is_refused() -> None:
    with pytest.raises(MappingError, match="int is not mapped"):
        Question(Query(int))


def test_a_condition_of_an_unknown_kind_is_refused(at_places: Mirror) -> None:
    class Odd(Condition):
        pass

    with pytest.raises(UnsupportedQuery, match="Odd"):
        at_places.in_memory(Query(Place, Odd()))


def test_the_records_that_match_are_found_for_changing_them(at_work: Mirror) -> None:
    manager = mapper_of(Manager)
    (record,) = matching(at_work.reader, manager, where("bonus") == 7)
    records = records_of(manager)
    assert [records.row(record, table) for table in records.tables] != [None, None]


def test_what_is_related_is_found_in_the_relationships_order(at_places: Mirror, at_library: Mirror) -> None:
    children = related_of(mapper_of(Place).relationships["children"])
    assert [row[2] for row in children.find(at_places.reader, (1,))] == ["asia", "europe"]
    assert children.find(at_places.reader, (None,)) == []
    authors = related_of(mapper_of(Book).relationships["authors"])
    assert [row[2] for row in authors.find(at_library.reader, (1,))] == ["Ann", "Bob"]
    roads = related_of(mapper_of(Place).relationships["roads"])
    assert {row[2] for row in roads.find(at_places.reader, (2,))} <= {"asia", "europe", "laos"}
    assert roads.find(at_places.reader, (1,)) == []


def test_a_deep_condition_is_evaluated(at_places: Mirror) -> None:
    condition: Condition = where("name") == "asia"
    for number in range(24):
        condition = ~((condition | (where("size") == number)) & (where("name") != f"no {number}"))
    assert check(at_places, Place, condition) >= 0


def test_a_long_condition_is_evaluated(at_places: Mirror) -> None:
    condition: Condition = where("name") == "asia"
    for number in range(2000):
        condition = condition | (where("size") == -number)
    assert check(at_places, Place, condition) == 1

"""A schema beside the mapping's: nothing is found where nothing is different, and each difference is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    URL,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    text,
)
from sqlalchemy.orm import registry

from contract import model
from contract.models import parcels, samples
from integration.binds import shop
from unitofwork import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy.schema import Difference, compare


@pytest.fixture
def databases(url: URL) -> Iterator[Any]:
    """Makes databases for mappings; they are closed at the end."""
    made: list[SqlAlchemyDatabase] = []

    def make(mapping: registry, **more: Any) -> SqlAlchemyDatabase:
        made.append(SqlAlchemyDatabase(url, mapping, **more))
        return made[-1]

    yield make
    for each in made:
        each.dispose()


def before(metadata: MetaData) -> None:
    Table(
        "boxes",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20), nullable=False, unique=True),
        Column("price", Numeric(12, 2)),
        Column("old", Integer),
        Column("mood", Enum("glad", "sad", name="mood")),
        Column("data", JSON),
        CheckConstraint("price >= 0", name="price_was_checked"),
    )
    Table("leftovers", metadata, Column("id", Integer, primary_key=True))
    Table("keys", metadata, Column("a", Integer, primary_key=True), Column("b", Integer, nullable=False))
    Table("lids", metadata, Column("id", Integer, primary_key=True), Column("box_id", Integer))


def after(metadata: MetaData) -> None:
    Table(
        "boxes",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), unique=True),
        Column("price", Numeric(12, 2), server_default="0"),
        Column("colour", String(3)),
        Column("mood", Enum("glad", "sad", name="mood")),
        Column("data", JSON),
        CheckConstraint("price > 0", name="price_is_checked"),
        Index("boxes_price", "price"),
    )
    Table("stickers", metadata, Column("id", Integer, primary_key=True), Column("text", String(3), index=True))
    Table("keys", metadata, Column("a", Integer, primary_key=True), Column("b", Integer, nullable=False))
    box = ForeignKey("boxes.id", name="lids_box_id_fkey", ondelete="CASCADE")
    Table("lids", metadata, Column("id", Integer, primary_key=True), Column("box_id", Integer, box))


def mapping(*declare: Any) -> registry:
    made = registry()
    for each in declare:
        each(made.metadata)
    return made


def kinds(differences: Any) -> set[tuple[str, str]]:
    return {(each.kind, each.table) for each in differences}


CHANGED = {
    ("missing table", "stickers"),
    ("extra table", "leftovers"),
    ("missing column", "boxes"),
    ("extra column", "boxes"),
    ("other type", "boxes"),
    ("other NULL", "boxes"),
    ("other default", "boxes"),
    ("missing index", "boxes"),
    ("missing check", "boxes"),
    ("extra check", "boxes"),
    ("missing foreign key", "lids"),
}


@pytest.mark.parametrize("model", [model, samples, parcels], ids=lambda each: each.__name__)
def test_what_was_created_has_no_differences(databases: Any, model: Any) -> None:
    database = databases(model.mapping())
    database.create_schema()
    found = compare(database)
    assert (found.differences, found.statements) == ([], [])


def test_each_difference_is_told(databases: Any) -> None:
    databases(mapping(before)).create_schema()
    found = compare(databases(mapping(after)))
    assert kinds(found.differences) == CHANGED
    texts = [each.text for each in found.differences]
    assert "boxes lacks the column colour" in texts
    assert "boxes has the column old, and the mapping has not" in texts
    assert "boxes.name has the type VARCHAR(20) in the database, and the type VARCHAR(30) in the mapping" in texts
    assert "boxes.name has NOT NULL in the database, and NULL allowed in the mapping" in texts
    assert "lids lacks the foreign key lids_box_id_fkey (box_id) to boxes.id ON DELETE CASCADE" in texts
    assert "boxes has the check price_was_checked, and the mapping has not" in texts


def test_the_statements_remove_the_differences(databases: Any, url: URL) -> None:
    databases(mapping(before)).create_schema()
    database = databases(mapping(after))
    found = compare(database).statements
    if url.get_backend_name() == "sqlite":
        assert sum(each.startswith("-- ") for each in found) == 5  # which SQLite has no statements for
        return
    with database.engine.begin() as connection:
        for each in "".join(found).split(";"):
            if each.strip():
                connection.execute(text(each))
    assert compare(database).differences == []


def test_a_unique_constraint_is_missed_and_found(databases: Any) -> None:
    """SQLite gives those without a name none."""
    plain, unique = (
        mapping(lambda metadata, unique=unique: Table("t", metadata, Column("n", String(3), unique=unique)))
        for unique in (False, True)
    )
    first, second = databases(plain), databases(unique)
    first.create_schema()
    assert kinds(compare(second).differences) == {("missing unique constraint", "t")}
    first.drop_schema()
    second.create_schema()
    (difference,) = compare(first).differences
    assert difference.kind in ("extra unique constraint", "extra index")  # the latter on MariaDB, which knows no other


def test_what_belongs_to_a_missing_column_is_made_once(databases: Any, url: URL) -> None:
    def columns(*more: Any) -> registry:
        return mapping(lambda metadata: Table("t", metadata, Column("id", Integer, primary_key=True), *more))

    databases(columns()).create_schema()
    number = Column("number", Integer, ForeignKey("t.id", name="t_number_fkey"), index=True)
    code = Column("code", String(3), unique=True)
    database = databases(columns(number, code))
    found = "\n".join(compare(database).statements)
    assert found.count("CREATE INDEX") == 1
    if url.get_backend_name() == "sqlite":
        return  # which has no statements for the others
    assert [found.count(each) for each in ("UNIQUE", "FOREIGN KEY")] == [1, 1]
    with database.engine.begin() as connection:
        for each in found.split(";"):
            if each.strip():
                connection.execute(text(each))
    assert compare(database).differences == []


def test_another_primary_key_is_told(databases: Any) -> None:
    def keyed(*names: str) -> registry:
        columns = [Column(name, Integer, primary_key=name in names, nullable=False) for name in ("a", "b")]
        return mapping(lambda metadata: Table("keys", metadata, *columns))

    databases(keyed("a")).create_schema()
    found = compare(databases(keyed("a", "b")))
    wanted = "keys has the primary key (a) in the database, and (a, b) in the mapping"
    assert found.differences == [Difference("other primary key", "keys", wanted)]
    assert found.statements == [f"-- {wanted}: make a new table, and copy the rows"]


def test_other_values_of_an_enumeration_are_told(databases: Any, url: URL) -> None:
    def moods(*values: str) -> registry:
        return mapping(lambda metadata: Table("t", metadata, Column("mood", Enum(*values, name="mood"))))

    databases(moods("glad", "sad")).create_schema()
    found = compare(databases(moods("glad", "sad", "odd")))
    if url.get_backend_name() == "sqlite":
        assert found.differences == []  # it is text of three or four letters
        return
    assert kinds(found.differences) == {("other type", "t")}
    assert "'odd'" in found.differences[0].text


def test_tables_are_left_out_by_their_names(databases: Any) -> None:
    databases(mapping(before)).create_schema()
    found = kinds(compare(databases(mapping(after)), ["left*", "stickers"]).differences)
    assert found == CHANGED - {("missing table", "stickers"), ("extra table", "leftovers")}


def test_each_of_several_databases_has_its_own_tables(databases: Any, tmp_path: Path) -> None:
    orders = f"sqlite:///{tmp_path}/orders.db"
    database = databases(shop.mapping(), binds={shop.Order: orders, shop.Line: orders})
    assert kinds(compare(database).differences) == {
        ("missing table", "users"),
        ("missing table", "orders"),
        ("missing table", "order_lines"),
    }
    database.create_schema()
    assert compare(database).differences == []

"""The tables of the outbox and the inbox, and how this library maps its own classes to them."""

from collections.abc import Callable
from threading import Lock

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Enum,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    inspect,
    text,
)
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.orm import registry
from sqlalchemy.schema import BLANK_SCHEMA, SchemaItem, conv

from unitofwork.adapters.orm.mapping import check_registry, map_entity
from unitofwork.adapters.orm.tables import attach, attached
from unitofwork.domain.errors import MappingError
from unitofwork.domain.outbox import LONGEST_NAME, MessageState, OutboxBucket, OutboxMessage, ProcessedMessage

_EXACT = "utf8mb4_nopad_bin"
"""How MariaDB compares the texts, whoever creates the tables: as the other databases do."""

_SETTLED = text("settled_at IS NOT NULL")
"""Keeps a message out of an index until it is settled, where an index can be partial: writing it costs nothing then."""

_mapping = Lock()


def outbox_table(metadata: MetaData) -> Table:
    """Give an application's MetaData the outbox: its databases then keep `OutboxMessage` and `OutboxBucket`.

    ::

        outbox_table(mapping.metadata)

    The table of the messages is returned, and that of the buckets is beside it. Both are created with the others, and
    Alembic sees them; a unit of work asks them through repositories. Twice is harmless.

    Raises:
        MappingError: the application has a table of its own with this name.
    """
    _attach(metadata, OutboxBucket)
    return _attach(metadata, OutboxMessage)


def inbox_table(metadata: MetaData) -> Table:
    """Give an application's MetaData the inbox: its databases then keep `ProcessedMessage`.

    As `outbox_table` in all else.

    Raises:
        MappingError: the application has a table of its own with this name.
    """
    return _attach(metadata, ProcessedMessage)


def _attach(metadata: MetaData, entity_type: type) -> Table:
    _map_own()
    name = _TABLES[entity_type][0]
    known = metadata.tables.get(name)
    if known is None:
        known = _table(metadata, entity_type)
        attach(known, entity_type)
    elif known not in attached(metadata):
        raise MappingError(
            f"the mapping has a table {name} of its own, and {entity_type.__name__} needs one of that name: rename it",
            entity_type=entity_type,
            table=name,
        )
    return known


def _map_own() -> None:
    """Map this library's classes, once; and again if all mappers of the process were cleared."""
    with _mapping:
        if inspect(OutboxMessage, raiseerr=False) is None:
            mapping = registry()
            for entity_type in _TABLES:
                map_entity(mapping, entity_type, _table(mapping.metadata, entity_type))
            check_registry(mapping)


def _table(metadata: MetaData, entity_type: type) -> Table:
    name, make_parts = _TABLES[entity_type]
    return Table(name, metadata, *make_parts(), schema=BLANK_SCHEMA, mariadb_collate=_EXACT, mysql_collate=_EXACT)


def _of_messages() -> list[SchemaItem]:
    return [
        Column("position", BigInteger().with_variant(Integer, "sqlite"), Identity()),
        Column("id", Uuid, nullable=False),
        Column("aggregate", String(255), nullable=False),
        Column("bucket", Integer, nullable=False),
        Column("name", String(LONGEST_NAME), nullable=False),
        Column("version", Integer, nullable=False),
        Column("payload", _of_any_length(), nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False),
        Column("state", Enum(MessageState, native_enum=False, length=20, values_callable=_values), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", DateTime(timezone=True)),
        Column("settled_at", DateTime(timezone=True)),
        Column("error", String(LONGEST_NAME)),
        PrimaryKeyConstraint("position", name=conv("outbox_messages_pkey")),
        Index(conv("outbox_messages_waiting"), "state", "bucket", "position"),
        Index(conv("outbox_messages_settled"), "state", "settled_at", postgresql_where=_SETTLED, sqlite_where=_SETTLED),
    ]


def _of_buckets() -> list[SchemaItem]:
    return [
        Column("number", Integer, autoincrement=False),
        Column("owner", String(255)),
        Column("leased_until", DateTime(timezone=True)),
        PrimaryKeyConstraint("number", name=conv("outbox_buckets_pkey")),
    ]


def _of_processed() -> list[SchemaItem]:
    return [
        Column("id", String(255)),
        Column("result", _of_any_length(), nullable=False),
        Column("processed_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("id", name=conv("processed_messages_pkey")),
    ]


def _of_any_length() -> Text:
    return Text().with_variant(LONGTEXT(), "mysql", "mariadb")


def _values(states: type[MessageState]) -> list[str]:
    return [state.value for state in states]


_TABLES: dict[type, tuple[str, Callable[[], list[SchemaItem]]]] = {
    OutboxMessage: ("outbox_messages", _of_messages),
    OutboxBucket: ("outbox_buckets", _of_buckets),
    ProcessedMessage: ("processed_messages", _of_processed),
}
"""For each class the name of its table, and what makes the parts. Constraints have the names that PostgreSQL would give
them, whatever naming convention the MetaData has: the library's own table and its copies must agree."""

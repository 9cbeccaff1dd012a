"""Alembic finds nothing to do in a database that was made from a mapping: with any type, and with our own tables."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text
from sqlalchemy.orm import registry

from contract.models import counters, documents, ledger, places, samples, shop, staff
from unitofwork import SqlAlchemyDatabase, inbox_table, outbox_table

NAMED = {"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", "ix": "ix_%(column_0_N_label)s"}


def with_messages() -> registry:
    mapping = registry(metadata=MetaData(naming_convention=NAMED))
    outbox_table(mapping.metadata)
    inbox_table(mapping.metadata)
    return mapping


MAPPINGS = {
    "messages": with_messages,
    "every type": samples.mapping,
    **{module.__name__: module.mapping for module in (counters, documents, ledger, places, shop, staff)},
}


@pytest.mark.parametrize("where", ["sqlite", "postgresql", "mariadb"])
def test_autogenerate_finds_nothing_to_do(where: str, request: pytest.FixtureRequest) -> None:
    url = "sqlite://" if where == "sqlite" else request.getfixturevalue(f"{where}_url")
    for name, mapping in MAPPINGS.items():
        made = mapping()
        database = SqlAlchemyDatabase(url, made)
        database.create_schema()
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert compare_metadata(context, made.metadata) == [], name
            first = made.metadata.sorted_tables[0]
            connection.execute(text(f"ALTER TABLE {first.name} ADD COLUMN added_by_hand INTEGER"))
            [found] = compare_metadata(context, made.metadata)
            assert (found[0], found[3].name) == ("remove_column", "added_by_hand")
        database.drop_schema()
        database.dispose()

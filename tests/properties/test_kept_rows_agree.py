"""The twin's rows: whatever two transactions do in turns, each sees what it would see on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import registry

from properties.examples import examples
from properties.kept_rows import FIRST, SCRIPTS, InMemory, OnPostgresql, Script, empty, mapping, two_connections
from servers.plugin import running
from unitofwork.adapters.memory.store import Store
from unitofwork.domain.isolation import Isolation

Connections = tuple["psycopg.Connection[Any]", "psycopg.Connection[Any]"]

LEVELS = st.sampled_from([Isolation.READ_COMMITTED, Isolation.READ_COMMITTED, Isolation.SNAPSHOT])


@pytest.fixture(scope="module")
def known() -> registry:
    return mapping()


@pytest.fixture(scope="module")
def connections(known: registry) -> Iterator[Connections]:
    server = running("postgresql")
    url = server.create_database()
    engine = create_engine(url)
    known.metadata.create_all(engine)
    engine.dispose()
    with two_connections(url.set(drivername="postgresql").render_as_string(hide_password=False)) as opened:
        yield opened
    server.drop_database(url)


@settings(max_examples=examples(150), deadline=None)
@given(script=SCRIPTS, levels=st.tuples(LEVELS, LEVELS))
def test_each_statement_does_what_it_does_on_postgresql(
    known: registry, connections: Connections, script: Script, levels: tuple[Isolation, Isolation]
) -> None:
    empty(connections[0])
    store = Store(known.metadata, known)
    pairs = [(InMemory(store), OnPostgresql(each, known)) for each in connections]
    for pair, level in zip(pairs, levels, strict=True):
        for each in pair:
            each.begin(level)
    try:
        for who, statement in FIRST + script:
            in_memory, on_postgresql = pairs[who]
            assert in_memory.run(statement) == on_postgresql.run(statement), statement
    finally:
        for connection in connections:
            connection.rollback()

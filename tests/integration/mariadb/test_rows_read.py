"""Rows of MariaDB's answers are read as PyMySQL reads them, whatever is in them."""

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
from sqlalchemy import URL, Connection
from sqlalchemy.orm import registry

from unitofwork import SqlAlchemyDatabase

QUESTIONS = [
    "SELECT 1, -1, 1.50, 1e10, NULL, '', 'ä€😀', x'00ff', DATE '2026-11-22', TIME '-12:34:56.5', b'101'",
    "SELECT NULL, NULL UNION ALL SELECT 'a', NULL UNION ALL SELECT NULL, 2",
    *(f"SELECT 'before', repeat('x', {length}), 'after'" for length in (1, 250, 251, 252, 65_535, 65_536)),
    "SELECT repeat('€', 30000), repeat(x'00', 300)",
    "SHOW CREATE TABLE mysql.user",
    "SHOW VARIABLES WHERE Variable_name = 'version'",
    "SELECT 1 WHERE 1 = 0",
]


@pytest.fixture
def ours(mariadb_url: URL) -> Iterator[Connection]:
    database = SqlAlchemyDatabase(mariadb_url, registry())
    with database.engine.connect() as connection:
        yield connection
    database.dispose()


def by_pymysql(url: URL, question: str) -> list[tuple[object, ...]]:
    arguments: dict[str, Any] = url.translate_connect_args(username="user")
    connection = pymysql.connect(**arguments, ssl_disabled=True)
    with connection, connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("streamed", [False, True])
def test_rows_are_as_the_driver_reads_them(ours: Connection, mariadb_url: URL, question: str, streamed: bool) -> None:
    found = ours.execution_options(stream_results=streamed).exec_driver_sql(question).all()
    assert list(map(tuple, found)) == by_pymysql(mariadb_url, question)


def test_a_value_is_as_long_as_it_likes(ours: Connection, mariadb_url: URL) -> None:
    length = 17_000_000  # which three bytes no longer tell
    ours.exec_driver_sql("SET GLOBAL max_allowed_packet = 67108864")
    ours.invalidate()  # a connection has the size that was set before it
    ours.rollback()
    try:
        found = ours.exec_driver_sql(f"SELECT repeat('x', {length}), 'after'").one()
    finally:
        ours.exec_driver_sql("SET GLOBAL max_allowed_packet = DEFAULT")
    assert tuple(found) == ("x" * length, "after")

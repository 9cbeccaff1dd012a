"""A unit without a transaction tells questions from changes by their words."""

import pytest

from unitofwork.adapters.sqlalchemy.engines.reading import is_question


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "select 1",
        " \n (SELECT 1) UNION (SELECT 2)",
        "-- why\nSELECT 1",
        "/* INSERT */ SELECT 1",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "WITH a AS (SELECT replace(name, 'x', 'y') FROM users) SELECT * FROM a",
        "WITH a AS (SELECT 'please delete') SELECT * FROM a",
        'WITH a AS (SELECT "update" FROM users) SELECT * FROM a',
        "EXPLAIN SELECT 1",
        "VALUES (1)",
        "SHOW TABLES",
        "RELEASE SAVEPOINT a",
        "ROLLBACK TO SAVEPOINT a",
    ],
)
def test_a_question(statement: str) -> None:
    assert is_question(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO users VALUES (1)",
        "  update users SET name = 'x'",
        "/* SELECT */ DELETE FROM users",
        "-- SELECT\nTRUNCATE users",
        "WITH a AS (DELETE FROM users RETURNING id) SELECT * FROM a",
        "WITH a AS (SELECT 1) UPDATE users SET id = 1",
        "EXPLAIN ANALYZE DELETE FROM users",
        "CREATE TABLE a (id INT)",
        "DROP TABLE users",
        "COPY users FROM STDIN",
        "CALL change()",
        "",
    ],
)
def test_a_change_or_what_may_be_one(statement: str) -> None:
    assert not is_question(statement)

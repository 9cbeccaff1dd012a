"""What is written out in a statement is not told to observers."""

import pytest
from sqlalchemy import Dialect, make_url

from unitofwork.adapters.sqlalchemy.redacting import MOST_CHARACTERS, redacted

POSTGRESQL, SQLITE, MARIADB = (
    make_url(url).get_dialect()() for url in ("postgresql+psycopg://", "sqlite://", "mariadb+pymysql://")
)

EVERYWHERE = [
    ("SELECT a.b1 FROM a WHERE a.c = ?", "SELECT a.b1 FROM a WHERE a.c = ?"),
    ("SELECT 'secret'", "SELECT ?"),
    ("SELECT 'it''s secret', 2", "SELECT ?, ?"),
    ("SELECT 1.5e3 + 12", "SELECT ? + ?"),
    ("/* it's */ SELECT 'secret'", "SELECT ?"),
    ("SELECT 1 -- it's\n, 'secret'", "SELECT ?  \n, ?"),
    ("SELECT 'secret", "SELECT ?"),
    ("SELECT /* secret", "SELECT"),
    ("SAVEPOINT sa_savepoint_1", "SAVEPOINT sa_savepoint_1"),
]
STANDARD = [
    ("""SELECT "it's" FROM a WHERE b = 'secret'""", """SELECT "it's" FROM a WHERE b = ?"""),
    (r"SELECT 'a\', b, 'secret'", "SELECT ?, b, ?"),
    (r"SELECT E'it\'s secret', b", "SELECT ?, b"),
    ("SELECT $$it's secret$$, $tag$ $$secret $tag$, b", "SELECT ?, ?, b"),
    ("SELECT $1, %(name)s, :name", "SELECT $1, %(name)s, :name"),
]
MARIADBS = [
    (r"SELECT 'it\'s secret', b", "SELECT ?, b"),
    (r"""SELECT "it's \" secret", b""", "SELECT ?, b"),
    ("SELECT `it's` # it's\n, 'secret'", "SELECT `it's`  \n, ?"),
]


@pytest.mark.parametrize(
    ("dialect", "statement", "told"),
    [
        *((dialect, *case) for dialect in (POSTGRESQL, SQLITE, MARIADB) for case in EVERYWHERE),
        *((dialect, *case) for dialect in (POSTGRESQL, SQLITE) for case in STANDARD),
        *((MARIADB, *case) for case in MARIADBS),
    ],
)
def test_values_are_left_out(dialect: Dialect, statement: str, told: str) -> None:
    assert redacted(statement, dialect) == told


def test_a_long_statement_is_cut_off() -> None:
    told = redacted(f"INSERT INTO a VALUES {', '.join(['(?)'] * MOST_CHARACTERS)}", SQLITE)
    assert len(told) == MOST_CHARACTERS + 3
    assert told.endswith("...")


def test_what_a_cut_goes_through_is_left_out() -> None:
    assert "secret" not in redacted("SELECT '" + "secret" * MOST_CHARACTERS + "'", POSTGRESQL)

"""The command line keeps people on a server as it does in a file."""

import json
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text

from integration.accounts.conftest import Run

PEOPLE = b"Sandy Cheeks <sandy@example.org>\nPatrick Star <patrick@example.org>\n"


@pytest.fixture(params=["postgresql_url", "mariadb_url"])
def url(request: pytest.FixtureRequest) -> URL:
    """An empty database of a server."""
    found: URL = request.getfixturevalue(request.param)
    return found


def test_people_are_imported_changed_and_shown(run: Run, url: URL) -> None:
    on_server = ("--database", url.render_as_string(hide_password=False))
    for malformed in (b"", b"nobody\n"):
        assert run(*on_server, "import", stdin=PEOPLE + malformed).exit_code == len(malformed[:1])
    assert run(*on_server, "rename", "Sandy Cheeks", "Sandy Squirrel").exit_code == 0
    shown: list[dict[str, Any]] = json.loads(run(*on_server, "export", "--json").stdout)
    assert [user["fullname"] for user in shown] == ["Sandy Squirrel", "Patrick Star"]


def test_a_database_with_tables_of_others_is_left_as_it_is(run: Run, url: URL) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id integer)"))
    result = run("--database", url.render_as_string(hide_password=False), "stats")
    engine.dispose()
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "another application" in result.stderr

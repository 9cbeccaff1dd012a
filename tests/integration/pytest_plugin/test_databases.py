"""Where a test's database is, and that nothing is touched that was there."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, create_engine, inspect, text

from integration.pytest_plugin.conftest import Suite

TEST = """
@pytest.mark.uow(databases=["{name}"], commits={commits})
@pytest.mark.parametrize("time", [1, 2])
def test_it(uow_factory, database, time):
    with uow_factory() as uow:
        uow.users.add(User("sandy"))
        uow.commit()
        assert uow.users.count() == 1
"""


@pytest.fixture(params=["postgresql", "mariadb"])
def url(request: pytest.FixtureRequest) -> URL:
    """An empty database of a server."""
    found: URL = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def name(url: URL, monkeypatch: pytest.MonkeyPatch) -> str:
    """What it is called, with its URL in the environment."""
    name = url.get_backend_name().replace("mysql", "mariadb")
    monkeypatch.setenv(f"UNITOFWORK_{name.upper()}_URL", url.render_as_string(hide_password=False))
    return name


@pytest.fixture
def seen(url: URL) -> Iterator[object]:
    """Looks at the server, from outside."""
    engine = create_engine(url)
    yield inspect(engine)
    engine.dispose()


@pytest.mark.parametrize("commits", [False, True], ids=["undone", "real"])
def test_tests_have_a_database_of_their_own_that_is_dropped(suite: Suite, url: URL, name: str, commits: bool) -> None:
    suite(TEST.format(name=name, commits=commits)).assert_outcomes(passed=2)
    engine = create_engine(url)
    assert not inspect(engine).get_table_names()
    left = [each for each in inspect(engine).get_schema_names() if each.startswith("unitofwork_")]
    if name == "postgresql":
        with engine.connect() as connection:
            left += connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'unitofwork%'"))
    engine.dispose()
    assert left == []


def test_a_database_can_be_used_in_place_if_it_is_empty(suite: Suite, url: URL, name: str) -> None:
    suite(TEST.format(name=name, commits=True), ini="uow_in_place = true\n").assert_outcomes(passed=2)
    engine = create_engine(url)
    assert not inspect(engine).get_table_names()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER PRIMARY KEY)"))
    result = suite(TEST.format(name=name, commits=True), ini="uow_in_place = true\n")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [f"{name}: the database holds tables that this run did not make (users), and is left alone: name an empty one*"]
    )
    assert inspect(engine).get_table_names() == ["users"]
    engine.dispose()


SKIPPED = "not tested on postgresql: set $UNITOFWORK_POSTGRESQL_URL, or a line postgresql = <URL> of uow_urls"


def test_a_database_without_a_url_is_skipped(suite: Suite) -> None:
    result = suite(TEST.format(name="postgresql", commits=False), "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines([f"*{SKIPPED}"])


@pytest.mark.parametrize("required", ["postgresql", "mariadb, postgresql", "all"])
def test_a_database_that_is_required_fails(suite: Suite, required: str) -> None:
    result = suite(TEST.format(name="postgresql", commits=False), f"--uow-require={required}")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines([f"{SKIPPED}; --uow-require={required} says that it must be"])


def test_a_database_that_cannot_be_reached_fails(suite: Suite) -> None:
    ini = "uow_urls =\n    other = postgresql://nobody:secret@127.0.0.1:1/nothing\n"
    result = suite(TEST.format(name="other", commits=False), ini=ini)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["other: *"])
    result.stdout.no_fnmatch_line("*secret*")


def test_a_unit_that_is_left_open_is_told_where_commits_are_real(suite: Suite) -> None:
    result = suite(
        """
left = []

@pytest.mark.uow(databases=["sqlite"], commits=True)
def test_it(uow_factory):
    left.append(uow_factory().begin())
    left[0].users.add(User("sandy"))
    left[0].flush()

def test_the_end():
    left.pop().close()
"""
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["the tables cannot be emptied: the test has left a unit of work open"])

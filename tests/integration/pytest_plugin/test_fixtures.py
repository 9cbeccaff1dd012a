"""What the fixtures give, on the twin and on a file of SQLite's."""

import pytest

from integration.pytest_plugin.conftest import Suite

ON_BOTH = 'pytestmark = pytest.mark.uow(databases=["memory", "sqlite"])\n'


def test_a_test_runs_on_the_twin_unless_it_says_otherwise(suite: Suite) -> None:
    suite(
        """
        def test_it(database, memory_database, uow, uow_factory):
            assert database is memory_database and isinstance(database, MemoryDatabase)
            uow.users.add(User("sandy"))
            uow.commit()
            with uow_factory() as other:
                assert isinstance(other, Accounts) and other.users.count() == 1
        """.replace("\n        ", "\n")
    ).assert_outcomes(passed=1)


def test_a_marked_test_runs_on_each_database(suite: Suite) -> None:
    result = suite(
        ON_BOTH
        + """
def test_it(uow, uow_database):
    uow.users.add(User("sandy"))
    uow.commit()
    assert uow.users.count() == 1

class TestOfClass:
    @pytest.mark.uow(databases=["sqlite"])
    def test_its_own(self, database):
        assert not isinstance(database, MemoryDatabase)

def test_without_database():
    pass
""",
        "-v",
    )
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*::test_it[[]memory] PASSED*", "*::test_it[[]sqlite] PASSED*"])
    result.stdout.fnmatch_lines(["*::test_its_own[[]sqlite] PASSED*", "*::test_without_database PASSED*"])


@pytest.mark.parametrize("commits", [False, True], ids=["undone", "real"])
def test_what_a_test_commits_is_gone_for_the_next_one(suite: Suite, commits: bool) -> None:
    suite(
        f'pytestmark = pytest.mark.uow(databases=["memory", "sqlite"], commits={commits})\n'
        """
@pytest.mark.parametrize("time", [1, 2, 3])
def test_it(uow_factory, time):
    with uow_factory() as uow:
        assert uow.users.count() == 0
        uow.users.add(User("sandy", addresses=[Address("sandy@example.org")]))
        uow.commit()
    with uow_factory() as uow:
        assert [user.name for user in uow.users.find()] == ["sandy"]
        uow.rollback()
        with pytest.raises(UniqueViolation):
            uow.users.add(User("sandy"))
            uow.commit()
"""
    ).assert_outcomes(passed=6)


def test_commits_that_are_real_are_seen_by_other_connections(suite: Suite) -> None:
    suite(
        """
from threading import Thread

@pytest.mark.uow(databases=["memory", "sqlite"], commits=True)
def test_it(uow_factory, database):
    def register():
        with uow_factory() as uow:
            uow.users.add(User("sandy"))
            uow.commit()
    thread = Thread(target=register)
    thread.start()
    thread.join(10)
    with uow_factory() as uow:
        assert uow.users.count() == 1
"""
    ).assert_outcomes(passed=2)


def test_a_unit_that_commits_rolls_back_and_fails_leaves_what_it_committed(suite: Suite) -> None:
    suite(
        ON_BOTH
        + """
def test_it(uow):
    uow.users.add(User("sandy"))
    uow.commit()
    uow.users.add(User("patrick"))
    uow.rollback()
    with uow.savepoint():
        uow.users.add(User("gary"))
    with pytest.raises(UniqueViolation):
        uow.users.add(User("sandy"))
        uow.flush()
    uow.rollback()
    assert [user.name for user in uow.users.find()] == ["sandy"]
"""
    ).assert_outcomes(passed=2)


def test_the_fixtures_can_be_overridden(suite: Suite) -> None:
    suite(
        """
def test_it(uow):
    assert type(uow).__name__ == "Own"
    assert uow.users.count() == 1
""",
        conftest="""
import pytest
from contract.model import Accounts, User, mapping

class Own(Accounts):
    pass

@pytest.fixture(scope="session")
def uow_registry():
    return mapping()

@pytest.fixture
def uow_factory(database):
    with Own(database) as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    return lambda: Own(database)
""",
    ).assert_outcomes(passed=1)


def test_a_registry_is_asked_for_by_its_name(suite: Suite, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(uow): pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the fixtures need the application's mapping: set uow_registry = shop.adapters.orm:*"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nowhere:mapping", "uow_registry = nowhere:mapping: No module named 'nowhere'"),
        ("contract.model:nothing", "uow_registry = contract.model:nothing: module * has no attribute 'nothing'"),
        ("contract.model:Accounts.users", "the fixtures need the application's mapping: *"),
    ],
)
def test_a_name_that_leads_nowhere_is_told(suite: Suite, name: str, text: str, pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\nuow_registry = {name}")
    pytester.makepyfile("def test_it(uow): pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([text])


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ('"memory"', "*::test_it: write @pytest.mark.uow(databases=*, with one of the two or both"),
        ('database="memory"', "*::test_it: write @pytest.mark.uow(databases=*, with one of the two or both"),
        ('databases="memory"', "*::test_it: databases is a list of names, and commits True or False: *"),
        ("databases=[]", "*::test_it: databases is a list of names, and commits True or False: *"),
        ("commits=1", "*::test_it: databases is a list of names, and commits True or False: *"),
    ],
)
def test_a_mark_that_is_wrong_is_refused(suite: Suite, mark: str, text: str) -> None:
    result = suite(f"@pytest.mark.uow({mark})\ndef test_it(uow): pass")
    assert result.ret != 0
    result.stdout.fnmatch_lines([text])

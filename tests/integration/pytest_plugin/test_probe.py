"""What the probe asserts and plans, on the twin and on a file of SQLite's alike."""

from fnmatch import fnmatch

import pytest

from integration.pytest_plugin.conftest import Suite

ON_BOTH = 'pytestmark = pytest.mark.uow(databases=["memory", "sqlite"])\n'


def failing(suite: Suite, body: str) -> str:
    """What is said of a test that fails on both databases, with the same words."""
    lines = "".join(f"\n    {line}" for line in body.strip().splitlines())
    result = suite(f"{ON_BOTH}\ndef test_it(uow_factory, uow_probe):{lines}\n", "--tb=short")
    result.assert_outcomes(failed=2)
    said = [line.removeprefix("E").strip() for line in result.outlines if line.startswith("E  ")]
    half = len(said) // 2
    assert said[:half] == said[half:]
    return "\n".join(said[:half])


def test_what_became_of_a_unit_is_asserted_while_it_is_open_and_after(suite: Suite) -> None:
    suite(
        ON_BOTH
        + """
def test_committed(uow_factory, uow_probe):
    with uow_factory() as uow:
        uow.users.add(User("sandy"))
        uow.commit()
        uow_probe.assert_committed()
        uow.users.find()
        uow_probe.assert_committed()
    uow_probe.assert_committed()
    assert uow_probe.lines == ("begin > add User > commit > find User",)

def test_rolled_back(uow_factory, uow_probe):
    with uow_factory() as uow:
        uow.users.add(User("sandy"))
        uow.rollback()
        uow_probe.assert_rolled_back()
    uow_probe.assert_rolled_back()

def test_left(uow_factory, uow_probe):
    with uow_factory() as uow:
        uow.users.add(User("sandy"))
    uow_probe.assert_rolled_back()

def test_left_by_an_error(uow_factory, uow_probe):
    with pytest.raises(LookupError), uow_factory() as uow:
        uow.users.add(User("sandy"))
        raise LookupError
    uow_probe.assert_rolled_back()

def test_the_fixture_of_a_unit_is_seen(uow, uow_probe):
    uow.users.add(User("sandy"))
    uow.commit()
    uow_probe.assert_committed()
"""
    ).assert_outcomes(passed=10)


def test_a_unit_that_was_not_committed_is_shown_with_its_life(suite: Suite) -> None:
    assert (
        failing(
            suite,
            """
with uow_factory() as uow:
    uow.users.add(User("sandy"))
    uow.flush()
    uow.rollback()
uow_probe.assert_committed()
""",
        )
        == "AssertionError: the unit of work was not committed, but rolled back:\nbegin > add User > flush > rollback"
    )


def test_a_unit_that_was_left_is_shown_with_what_it_left(suite: Suite) -> None:
    assert failing(
        suite,
        """
with uow_factory() as uow:
    uow.users.add(User("sandy"))
uow_probe.assert_committed()
""",
    ).splitlines() == [
        "AssertionError: the unit of work was not committed, but left without commit (1 new):",
        "begin > add User > left without commit (1 new)",
    ]


def test_a_unit_that_was_committed_is_shown_with_the_others(suite: Suite) -> None:
    assert failing(
        suite,
        """
with uow_factory() as uow:
    assert uow.users.count() == 0
with uow_factory() as uow:
    uow.users.add(User("sandy"))
    uow.commit()
uow_probe.assert_rolled_back()
""",
    ).splitlines() == [
        "AssertionError: the unit of work was not rolled back, but committed:",
        "begin > count User",
        "begin > add User > commit",
    ]


@pytest.mark.parametrize(
    ("done", "asserted", "text"),
    [
        ("uow.flush()", "committed", "the unit of work is open, and what it did last is not committed"),
        ("uow.commit(); uow.users.add(User('b'))", "committed", "what it did last is not committed"),
        ("uow.commit(); uow.teams.insert_many([dict(name='b')])", "committed", "what it did last is not committed"),
        ("uow.users.count(); uow.commit()", "rolled_back", "the unit of work is open, and what it did last is not"),
    ],
)
def test_an_open_unit_whose_last_change_is_not_ended_so(suite: Suite, done: str, asserted: str, text: str) -> None:
    body = f"uow = uow_factory().begin()\nuow.users.add(User('a'))\n{done}\ntry:\n    uow_probe.assert_{asserted}()\n"
    assert text in failing(suite, body + "finally:\n    uow.close()")


def test_a_unit_that_only_read_has_neither_committed_nor_undone_anything(suite: Suite) -> None:
    said = failing(suite, "with uow_factory() as uow:\n    uow.users.count()\nuow_probe.assert_rolled_back()")
    assert said.splitlines()[0] == "AssertionError: the unit of work was not rolled back, but only read:"


def test_without_a_unit_there_is_nothing_to_assert(suite: Suite) -> None:
    said = failing(suite, "uow_probe.assert_committed()")
    assert said == "AssertionError: no unit of work was begun that could have been committed"


def test_more_statements_than_there_may_be_are_listed(suite: Suite) -> None:
    result = suite(
        ON_BOTH
        + """
@pytest.fixture(autouse=True)
def users(uow_factory):
    with uow_factory() as uow:
        uow.users.add_all(User(f"user {n}", addresses=[Address(f"{n}@example.org")]) for n in range(5))
        uow.commit()

def test_few(uow_factory, uow_probe):
    with uow_probe.assert_statements(at_most=2), uow_factory() as uow:
        assert len([user.addresses for user in uow.users.find(load=User.addresses)]) == 5
    assert len(uow_probe.statements) >= 2

def test_many(uow_factory, uow_probe):
    with uow_probe.assert_statements(at_most=2), uow_factory() as uow:
        assert len([user.addresses for user in uow.users.find()]) == 5
"""
    )
    result.assert_outcomes(passed=2, failed=2)
    said = "E * AssertionError: 6 statements were sent, and at most 2 may be:"
    assert sum(fnmatch(line, said) for line in result.outlines) == 2  # in CI they are said once more, at the end
    result.stdout.fnmatch_lines(["*  5 × SELECT * FROM addresses*", "*  1 × SELECT * FROM users*"])


def test_failures_on_demand(suite: Suite) -> None:
    suite(
        ON_BOTH
        + """
def test_commit(uow_factory, uow_probe):
    uow_probe.fail_on("commit", with_=SerializationConflict)
    with uow_factory() as uow:
        uow.users.add(User("sandy"))
        with pytest.raises(SerializationConflict):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.users.count()
        uow.rollback()
        assert uow.users.count() == 0
        uow.users.add(User("sandy"))
        uow.commit()
    uow_probe.assert_committed()
    assert "commit !SerializationConflict > rollback" in uow_probe.lines[0]

def test_the_second_flush(uow, uow_probe):
    uow_probe.fail_on("flush", with_=UniqueViolation("no", table="users"), nth=2)
    uow.users.add(User("sandy"))
    uow.flush()
    uow.users.add(User("patrick"))
    with pytest.raises(UniqueViolation) as caught:
        uow.flush()
    assert caught.value.table == "users"
    uow.rollback()
    assert uow.users.count() == 0

def test_the_flush_of_a_commit(uow, uow_probe):
    uow_probe.fail_on("flush", with_=Deadlock)
    uow.users.add(User("sandy"))
    with pytest.raises(Deadlock):
        uow.commit()
    uow.rollback()
    assert uow.users.count() == 0

def test_a_savepoint(uow, uow_probe):
    uow_probe.fail_on("savepoint", with_=ConnectionLost)
    with pytest.raises(ConnectionLost), uow.savepoint():
        uow.users.count()

def test_a_commit_that_was_kept(uow_factory, uow_probe):
    uow_probe.fail_on("commit", with_=CommitOutcomeUnknown, kept=True)
    with pytest.raises(CommitOutcomeUnknown), uow_factory() as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    with uow_factory() as uow:
        assert uow.users.count() == 1

def test_a_commit_that_was_not(uow_factory, uow_probe):
    uow_probe.fail_on("commit", with_=CommitOutcomeUnknown)
    with pytest.raises(CommitOutcomeUnknown), uow_factory() as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    with uow_factory() as uow:
        assert uow.users.count() == 0

def test_nothing_is_left_for_the_next_one(uow, uow_probe):
    uow.users.add(User("sandy"))
    uow.commit()
"""
    ).assert_outcomes(passed=14)


def test_a_failure_that_a_database_cannot_be_made_to_have_is_refused(suite: Suite) -> None:
    result = suite(
        """
def test_without_database(uow_probe):
    uow_probe.fail_on("commit", with_=ConnectionLost)

@pytest.mark.uow(databases=["memory", "sqlite"])
def test_insert(uow_probe, uow):
    uow_probe.fail_on("insert", with_=ConnectionLost, entity_type=User)

def test_unknown(uow_probe, uow):
    with pytest.raises(ValueError, match="no operation has this name: use one of begin, "):
        uow_probe.fail_on("comit", with_=ConnectionLost)

@pytest.mark.uow(databases=["sqlite"])
def test_unknown_on_sql(uow_probe, uow):
    with pytest.raises(ValueError, match="no operation has this name: use one of flush, savepoint, commit$"):
        uow_probe.fail_on("find", with_=ConnectionLost)
"""
    )
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*fail_on() is about the test's database: ask for database, uow or uow_factory too",
            "*a SQL database can be made to fail at flush, savepoint, commit, and not at insert: run*",
        ]
    )

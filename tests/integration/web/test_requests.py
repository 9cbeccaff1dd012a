"""Each framework answers what a unit of work did, and never more: over a socket, from a real server."""

import pytest

from integration.web.conftest import Served, Stock, wait_until
from integration.web.raw import Answer, Client
from integration.web.shop import Shop, World
from unitofwork import MemoryDatabase
from unitofwork.domain.errors import CommitOutcomeUnknown, PersistenceError, SerializationConflict


@pytest.fixture
def world(served: Served) -> World:
    return served.world


def problem(answer: Answer, status: int) -> dict[str, object]:
    """The problem that an answer is."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    told: dict[str, object] = answer.json
    assert told["status"] == status
    return told


def test_what_a_service_committed_is_kept_and_answered(client: Client, stock: Stock) -> None:
    answer = client("POST", "/things/anchor")
    assert (answer.status, answer.json["name"], stock.names()) == (201, "anchor", ["anchor"])


def test_a_value_that_another_has_is_a_conflict(client: Client, stock: Stock) -> None:
    stock.add("anchor")
    told = problem(client("POST", "/things/anchor"), 409)
    assert (told["columns"], "anchor" in str(told), stock.names()) == (["name"], False, ["anchor"])
    assert problem(client("POST", "/kept/anchor"), 409) == told


def test_what_is_not_there_is_not_found(client: Client, stock: Stock) -> None:
    problem(client("GET", "/things/17"), 404)


def test_a_name_that_is_too_long_is_not_valid(client: Client, stock: Stock) -> None:
    assert problem(client("POST", "/things/" + "x" * 61), 422)["status"] == 422


def test_a_change_of_the_state_that_was_read_is_made_and_of_another_one_refused(client: Client, stock: Stock) -> None:
    id = stock.add("anchor")
    first = client("GET", f"/things/{id}").headers["etag"]
    changed = client("PUT", f"/things/{id}/bell", If_Match=first)
    assert (changed.status, changed.json["name"]) == (200, "bell")
    assert changed.headers["etag"] == client("GET", f"/things/{id}").headers["etag"] != first
    problem(client("PUT", f"/things/{id}/chain", If_Match=first), 412)
    problem(client("PUT", f"/things/{id}/chain", If_Match='W/"x"'), 412)
    assert stock.names() == ["bell"]
    assert client("PUT", f"/things/{id}/chain", If_Match=f'"x", {changed.headers["etag"]}').status == 200
    assert client("PUT", f"/things/{id}/drum").status == 200


@pytest.mark.parametrize("database_name", ["memory", "postgresql"], indirect=True)
@pytest.mark.parametrize(("headers", "status"), [({"If_Match": "*"}, 412), ({}, 409)])
def test_a_change_between_the_look_and_the_commit_is_found_too(
    client: Client, stock: Stock, world: World, headers: dict[str, str], status: int
) -> None:
    id = stock.add("anchor")

    def change() -> None:
        with Shop(stock.database) as uow:
            uow.things.get_one(id).name = "bell"
            uow.commit()

    world.meanwhile = change
    problem(client("PUT", f"/things/{id}/chain", **headers), status)
    assert stock.names() == ["bell"]


def test_what_the_client_has_is_not_sent_again(client: Client, stock: Stock) -> None:
    id = stock.add("anchor")
    tag = client("GET", f"/things/{id}").headers["etag"]
    answer = client("GET", f"/things/{id}", If_None_Match=f"W/{tag}")
    assert (answer.status, answer.headers["etag"], answer.body) == (304, tag, b"")


# --- the commit comes before the response ---------------------------------------------------------------------------


def test_a_unit_that_commits_by_itself_has_done_so_before_the_answer(
    client: Client, stock: Stock, world: World
) -> None:
    answer = client("POST", "/kept/anchor")
    assert (answer.status, stock.names()) == (201, ["anchor"])
    wait_until(lambda: "anchor in the background" in world.told)


def test_an_endpoint_that_raises_keeps_nothing(client: Client, stock: Stock, world: World) -> None:
    assert client("POST", "/kept/teapot").status == 418
    assert (stock.names(), world.told) == ([], [])


@pytest.mark.parametrize("path", ["/things/anchor", "/kept/anchor"])
def test_a_commit_that_the_database_refuses_is_never_answered_by_success(
    client: Client, stock: Stock, world: World, path: str
) -> None:
    """What it is part of is looked at by COMMIT, when all else has gone well."""
    problem(client("POST", f"{path}?part_of=999"), 409)
    assert (stock.names(), world.told) == ([], [])


@pytest.mark.parametrize("database_name", ["memory"], indirect=True)
@pytest.mark.parametrize("path", ["/things/anchor", "/kept/anchor"])
@pytest.mark.parametrize(
    ("error", "status", "kept"),
    [(SerializationConflict, 503, False), (CommitOutcomeUnknown, 500, False), (CommitOutcomeUnknown, 500, True)],
)
def test_a_commit_that_fails_is_never_answered_by_success(
    client: Client, stock: Stock, world: World, path: str, error: type[PersistenceError], status: int, kept: bool
) -> None:
    assert isinstance(stock.database, MemoryDatabase)
    stock.database.faults.fail("commit", with_=error, kept=kept)
    answer = client("POST", path)
    problem(answer, status)
    assert ("retry-after" in answer.headers) is (status == 503)
    assert (stock.names(), world.told) == (["anchor"] if kept else [], [])


def test_by_fastapis_default_success_is_answered_for_what_was_never_kept(served: Served, stock: Stock) -> None:
    """Why `unit_of_work` does not leave the scope of its dependency to the default."""
    answer = served.clients["fastapi"]("POST", "/late/anchor?part_of=999")
    assert (answer.status, stock.names()) == (201, [])


def test_a_service_that_commits_by_itself_is_refused_where_the_request_does(client: Client, stock: Stock) -> None:
    told = problem(client("POST", "/committed-twice/anchor"), 500)
    assert ("detail" in told, stock.names()) == (False, [])


def test_a_unit_goes_from_thread_to_thread(served: Served, stock: Stock) -> None:
    answer = served.clients["fastapi"]("POST", "/kept/anchor")
    endpoint, (commit, *_) = answer.json["endpoint"], served.world.told
    assert "uvicorn" not in (endpoint, commit)
    assert stock.names() == ["anchor"]

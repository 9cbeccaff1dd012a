"""A client that goes away, at whatever moment, leaves no connection in use."""

import pytest

from integration.web.conftest import FRAMEWORKS, Served, Stock, wait_until
from integration.web.raw import Client
from integration.web.shop import LINE, Shop, World

FEW, MANY = 50, 800
"""Lines: less, and more, than what the buffers of sockets hold."""


@pytest.fixture
def world(served: Served) -> World:
    return served.world


def fill(stock: Stock, number: int) -> None:
    with Shop(stock.database) as uow:
        uow.things.insert_many({"name": f"thing {each}"} for each in range(number))
        uow.commit()


def test_a_stream_is_answered_whole(client: Client, stock: Stock) -> None:
    fill(stock, FEW)
    answer = client("GET", "/lines")
    assert (answer.status, answer.whole, len(answer.body)) == (200, True, FEW * LINE)
    lines = answer.body.splitlines()
    assert (lines[0].rstrip(b"."), lines[-1].rstrip(b".")) == (b"thing 0", b"thing 49")


def test_a_stream_that_fails_at_first_is_answered_by_an_error(client: Client, stock: Stock, world: World) -> None:
    fill(stock, FEW)
    world.breaks_at = 1
    assert client("GET", "/lines").status == 503


def test_a_stream_that_breaks_is_not_taken_for_a_whole_one(client: Client, stock: Stock, world: World) -> None:
    fill(stock, FEW)
    world.breaks_at = FEW - 1
    answer = client("GET", "/lines")
    assert (answer.status, len(answer.body) < FEW * LINE) == (200, True)
    if client.prefix:  # the server that comes with Flask speaks HTTP/1.0, which cannot say where a stream ends
        assert not answer.whole


def test_a_client_that_is_killed_in_a_stream_ends_it(client: Client, stock: Stock, world: World) -> None:
    fill(stock, MANY)
    with client.sent("GET", "/lines") as connection:
        assert connection.recv(12).endswith(b" 200")
        wait_until(lambda: world.produced > 0)
        assert stock.checked_out() == 1
    wait_until(lambda: stock.checked_out() == 0)
    assert world.produced < MANY


@pytest.mark.parametrize("database_name", ["sqlite", "postgresql"], indirect=True)
def test_a_client_that_is_killed_while_its_request_is_served_leaves_no_connection_in_use(
    client: Client, stock: Stock, world: World
) -> None:
    with client.sent("GET", "/held"):
        wait_until(world.entered.is_set)
        assert stock.checked_out() == 1
    world.gate.set()
    wait_until(lambda: stock.checked_out() == 0)


def test_all_frameworks_are_served(served: Served) -> None:
    assert set(served.clients) == set(FRAMEWORKS)

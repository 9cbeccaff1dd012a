"""Importing people, on whichever database."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.adapters.lines import lines_of
from accounts.adapters.orm import map_accounts
from accounts.domain.errors import Malformed
from accounts.domain.line import Line, parse
from accounts.service_layer import services
from accounts.service_layer.importing import Summary, import_people
from accounts.service_layer.unit_of_work import Accounts
from contract.adapters import Adapter, Probe
from integration.accounts.conftest import unheard

Unit = Callable[[], Accounts]
Kept = list[tuple[str, str, list[str]]]


def lines(*texts: str) -> list[Line]:
    return [Line(f"people.txt:{number}", text) for number, text in enumerate(texts, start=1)]


def kept(unit: Unit) -> Kept:
    return [
        (user.name, user.fullname, [address.email_address for address in user.addresses])
        for user in services.everyone(unit())
    ]


def test_lines_with_one_name_are_one_user_under_the_spelling_that_came_first(unit: Unit) -> None:
    summary = import_people(unit(), lines("Sandy Cheeks <s@example.org>", "SANDY cheeks <cheeks@example.org>"))
    assert summary == Summary(lines=2, users=1, addresses=2)
    assert kept(unit) == [("sandy.cheeks", "Sandy Cheeks", ["s@example.org", "cheeks@example.org"])]


def test_a_known_user_gets_new_addresses(unit: Unit) -> None:
    services.register(unit(), "Sandy Cheeks", "sandy@example.org")
    assert import_people(unit(), lines("Sandy Cheeks <new@example.org>")) == Summary(lines=1, addresses=1)
    assert kept(unit) == [("sandy.cheeks", "Sandy Cheeks", ["sandy@example.org", "new@example.org"])]


@pytest.mark.parametrize("batch", [1, 2])
def test_an_address_stays_with_its_first_owner(unit: Unit, batch: int) -> None:
    people = lines("Sandy Cheeks <sandy@example.org>", "Patrick Star <sandy@EXAMPLE.org>")
    assert import_people(unit(), people, batch=batch) == Summary(lines=2, users=1, addresses=1, known=1)
    assert kept(unit) == [("sandy.cheeks", "Sandy Cheeks", ["sandy@example.org"])]


def test_a_malformed_line_is_reported_with_its_place_and_the_others_of_its_batch_are_kept(unit: Unit) -> None:
    reported: list[tuple[str, str]] = []
    summary = import_people(
        unit(),
        lines("Sandy <sandy@example.org>", "", "Patrick", f"{'x' * 256} <x@example.org>", "Gary <gary@example.org>"),
        on_malformed=lambda line, error: reported.append((line.origin, str(error))),
    )
    assert summary == Summary(lines=4, users=2, addresses=2, malformed=2)
    assert [name for name, _, _ in kept(unit)] == ["sandy", "gary"]
    assert [origin for origin, _ in reported] == ["people.txt:3", "people.txt:4"]
    assert "Full Name <address>" in reported[0][1]
    assert "longer than 255" in reported[1][1]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_strict_keeps_nothing_if_any_line_is_malformed(unit: Unit, batch: int) -> None:
    reported: list[str] = []
    people = lines("Sandy <sandy@example.org>", "Patrick", "Gary <gary@example.org>", "Larry")
    summary = import_people(
        unit(), people, batch=batch, strict=True, on_malformed=lambda line, _: reported.append(line.origin)
    )
    assert summary == Summary(lines=4, malformed=2)
    assert reported == ["people.txt:2", "people.txt:4"]
    assert kept(unit) == []


def test_strict_keeps_all_lines_together(unit: Unit) -> None:
    seen: list[int] = []

    def fail_later(so_far: Summary) -> None:
        seen.append(so_far.lines)
        if so_far.lines == 3:
            raise KeyboardInterrupt

    people = lines("Sandy <sandy@example.org>", "Patrick <patrick@example.org>", "Gary <gary@example.org>")
    with pytest.raises(KeyboardInterrupt):
        import_people(unit(), people, batch=1, strict=True, on_batch=fail_later)
    assert kept(unit) == []
    assert import_people(unit(), people, batch=1, strict=True) == Summary(lines=3, users=3, addresses=3)
    assert [name for name, _, _ in kept(unit)] == ["sandy", "patrick", "gary"]


def test_whole_batches_are_kept_when_a_later_one_fails(unit: Unit) -> None:
    def three_and_an_interrupt() -> Iterator[Line]:
        yield from lines("Sandy <sandy@example.org>", "Patrick <patrick@example.org>", "Gary <gary@example.org>")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_people(unit(), three_and_an_interrupt(), batch=2)
    assert [name for name, _, _ in kept(unit)] == ["sandy", "patrick"]


def test_a_batch_asks_as_many_questions_whatever_its_size(unit: Unit, probe: Probe) -> None:
    def questions(size: int, domain: str) -> int:
        people = [Line("", f"User {n} <user{n}@{domain}>") for n in range(size)]
        probe.statements()
        assert import_people(unit(), people, batch=size).addresses == size
        return sum(statement.startswith("SELECT") for statement in probe.statements())

    new_users = questions(400, "one.example.org")
    assert questions(400, "two.example.org") == new_users, "users who have addresses already"
    assert questions(2, "three.example.org") == new_users


def test_one_user_may_have_more_addresses_than_a_statement_can_hold(unit: Unit) -> None:
    people = [Line("", f"Mailing List <user{n}@example.org>") for n in range(2_000)]
    assert import_people(unit(), people, batch=5_000) == Summary(lines=2_000, users=1, addresses=2_000)
    assert import_people(unit(), people * 2, batch=5_000) == Summary(lines=4_000, known=4_000)


def test_names_and_addresses_of_a_large_batch_are_asked_for_in_pieces(unit: Unit, probe: Probe) -> None:
    with unit() as uow:
        probe.statements()
        assert uow.addresses.known(f"user{n}@example.org" for n in range(1001)) == set()
        assert uow.users.by_name(f"user.{n}" for n in range(1001)) == {}
        assert sum(statement.startswith("SELECT") for statement in probe.statements()) in (0, 3 + 3)


# --- any file, in any batches ---------------------------------------------------------------------------------------

_names = st.sampled_from(["Sandy Cheeks", "SANDY  cheeks", "Straße", "STRASSE", "José", "Jose\u0301", "章魚 哥"])
_addresses = st.builds("{}@{}".format, st.sampled_from("abcde"), st.sampled_from(["example.org", "EXAMPLE.ORG"]))
_good = st.builds(lambda name, address: f"{name} <{address}>".encode(), _names, _addresses)
_files = st.lists(_good | st.binary(max_size=12), max_size=12).map(b"\n".join)


@contextmanager
def opened(adapter: Adapter) -> Generator[Unit]:
    with TemporaryDirectory() as folder, adapter.open(Path(folder), map_accounts()) as (database, _):
        yield lambda: unheard(database)


def expected(people: Sequence[Line]) -> Kept:
    """What an import keeps, said by dictionaries."""
    users: dict[str, tuple[str, str, list[str]]] = {}
    taken: set[str] = set()
    for line in people:
        try:
            person = parse(line.text)
        except Malformed:
            continue
        if person.email_address not in taken:
            taken.add(person.email_address)
            users.setdefault(person.name, (person.name, person.fullname, []))[2].append(person.email_address)
    return list(users.values())


@settings(max_examples=30, deadline=None)
@given(file=_files, batch=st.integers(1, 5), strict=st.booleans())
def test_any_file_is_kept_once_in_batches_of_any_size(adapter: Adapter, file: bytes, batch: int, strict: bool) -> None:
    people = list(lines_of(BytesIO(file), "people.txt"))
    with opened(adapter) as unit:
        first = import_people(unit(), people, batch=batch, strict=strict)
        once = kept(unit)
        second = import_people(unit(), people, batch=batch)
        if strict and first.malformed:
            assert once == []
        else:
            assert once == expected(people)
            assert (second.users, second.addresses) == (0, 0)
            assert second.known == first.known + first.addresses
        assert kept(unit) == expected(people)
        assert first.malformed == second.malformed
        assert second.lines == second.addresses + second.known + second.malformed

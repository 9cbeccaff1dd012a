"""Users, addresses, and the lines that name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.errors import Malformed, Refused
from accounts.domain.line import Person, parse
from accounts.domain.text import clean_address, clean_fullname, handle, logged_address
from accounts.domain.user import Address, User


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sandy Cheeks", "sandy\t CHEEKS "),
        ("José", "Jose\u0301"),
        ("Straße", "STRASSE"),
        ("\u03b1\u0345\u0301", "\u1fb4"),  # the same letter with the same two accents
        ("Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"),
        ("Губка Боб", "ГУБКА  БОБ"),
    ],
)
def test_spellings_of_one_name_have_one_handle(one: str, other: str) -> None:
    assert handle(one) == handle(other)


@pytest.mark.parametrize(("fullname", "name"), [("Sandy Cheeks", "sandy.cheeks"), ("章魚 哥", "章魚.哥")])
def test_a_handle_has_dots_for_spaces(fullname: str, name: str) -> None:
    assert handle(fullname) == name


@given(st.text())
def test_what_was_cleaned_stays_as_it_is(text: str) -> None:
    for clean in (handle, clean_fullname, clean_address, logged_address):
        try:
            once = clean(text)
        except Malformed:
            continue
        assert clean(once) == once


@given(st.emails())
def test_a_common_address_is_accepted_with_its_domain_in_lower_case(email: str) -> None:
    local, _, domain = email.rpartition("@")
    assert clean_address(f" {local}@{domain.upper()} ") == f"{local}@{domain.upper().lower()}"


def test_a_line_names_a_person() -> None:
    assert parse("  Sandy  Cheeks <Sandy@EXAMPLE.org> \n") == Person(
        "sandy.cheeks", "Sandy Cheeks", "Sandy@example.org"
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Sandy Cheeks", "not of the form: Full Name <address>"),
        ("Sandy <sandy@example.org> Cheeks", "not of the form: Full Name <address>"),
        ("Sandy <<sandy@example.org>>", "not of the form: Full Name <address>"),
        ("<sandy@example.org>", "the name is empty"),
        ("Sandy <>", "the address is empty"),
        ("Sandy\0 <sandy@example.org>", "control character"),
        ("Sandy \x1b[31m <sandy@example.org>", "control character"),
        ("Sandy \ud800 <sandy@example.org>", "not UTF-8"),
        (f"{'S' * 256} <sandy@example.org>", "the name is longer than 255 characters"),
        (f"{'ß' * 200} <sandy@example.org>", "the name is longer than 255 characters"),
        (f"Sandy <{'s' * 320}@example.org>", "the address is longer than 320 characters"),
    ],
)
def test_a_malformed_line_is_refused_with_what_is_wrong(line: str, what: str) -> None:
    with pytest.raises(Malformed, match=what):
        parse(line)


@pytest.mark.parametrize("address", ["sandy at example.org", "sandy", "@example.org", "sandy@"])
def test_an_address_of_no_form_is_kept_from_a_log_and_refused_from_a_person(address: str) -> None:
    assert parse(f"Sandy <{address}>").email_address == address
    with pytest.raises(Malformed, match="not of the form name@domain"):
        User.called("Sandy").add_address(address)


def test_an_address_of_no_form_can_be_removed() -> None:
    sandy = User.called("Sandy Cheeks")
    sandy.addresses.append(Address("sandy at example"))
    sandy.remove_address("sandy  at example")
    assert sandy.addresses == []


def test_an_address_and_its_user_know_each_other() -> None:
    sandy = User.called("Sandy Cheeks")
    address = sandy.add_address("sandy@example.org")
    assert (sandy.addresses, address.user) == ([address], sandy)
    sandy.remove_address("sandy@example.org")
    assert (sandy.addresses, address.user) == ([], None)


def test_an_address_is_not_added_twice() -> None:
    sandy = User.called("Sandy Cheeks")
    assert sandy.add_address("sandy@example.org") is sandy.add_address("sandy@EXAMPLE.ORG")
    assert len(sandy.addresses) == 1


def test_an_address_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(Refused, match="has no address"):
        User.called("Sandy Cheeks").remove_address("sandy@example.org")


def test_a_name_that_is_none_changes_nothing() -> None:
    sandy = User.called("Sandy Cheeks")
    with pytest.raises(Malformed):
        sandy.rename("  ")
    assert (sandy.name, sandy.fullname) == ("sandy.cheeks", "Sandy Cheeks")

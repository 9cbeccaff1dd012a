"""Lines such as ``Sandy Cheeks <sandy@example.org>``, as ``git log --format='%aN <%aE>'`` prints them."""

import re

from accounts.domain.errors import Malformed
from accounts.domain.text import checked, clean_fullname, handle, logged_address
from unitofwork import value

_FORM = re.compile(r"([^<>]*)<([^<>]*)>\s*")


@value
class Line:
    """A line as it was read; bytes that are not UTF-8 are lone surrogates in it."""

    origin: str
    """Where it is from, for a person to find it: ``people.txt:17``."""
    text: str


@value
class Person:
    """What a line says."""

    name: str
    fullname: str
    email_address: str


def parse(text: str) -> Person:
    """Read a line.

    Raises:
        Malformed: saying what is wrong with it.
    """
    parts = _FORM.fullmatch(checked(text))
    if parts is None:
        raise Malformed("it is not of the form: Full Name <address>")
    fullname = clean_fullname(parts[1])
    return Person(handle(fullname), fullname, logged_address(parts[2]))

"""How names and addresses are written, so that two spellings of the same one are equal."""

import re
from unicodedata import normalize

from accounts.domain.errors import Malformed

FULLNAME_LENGTH = 255
NAME_LENGTH = 255
ADDRESS_LENGTH = 320
"""The longest that a mail server must take: 64 before the ``@``, 255 behind it."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_CONTROL = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # but for white space


def checked(text: str) -> str:
    """The text itself, if a database and a terminal can take it.

    Raises:
        Malformed: it was not UTF-8, or holds control characters other than white space.
    """
    if _SURROGATE.search(text):
        raise Malformed("it is not UTF-8 text")
    if _CONTROL.search(text):
        raise Malformed("it holds a control character")
    return text


def clean_fullname(text: str) -> str:
    """The full name in composed characters (NFC), with single spaces.

    Raises:
        Malformed: it is empty or too long, or holds what no name does.
    """
    return _fitting(" ".join(normalize("NFC", checked(text)).split()), FULLNAME_LENGTH, "name")


def handle(fullname: str) -> str:
    """The name that stands for a full name: in one case, with dots for spaces. A handle is its own handle.

    Raises:
        Malformed: as `clean_fullname` does.
    """
    return _fitting(".".join(folded(checked(fullname)).split()), NAME_LENGTH, "name")


def folded(text: str) -> str:
    """The text without differences of case, in every alphabet."""
    return normalize("NFC", normalize("NFD", text).casefold())


def clean_address(text: str) -> str:
    """The e-mail address with its domain in lower case; before the ``@``, case may matter to the mail server.

    Raises:
        Malformed: it is not of the form ``name@domain``, or too long.
    """
    address = logged_address(text)
    if not _ADDRESS.fullmatch(address):
        raise Malformed("the address is not of the form name@domain")
    return address


def logged_address(text: str) -> str:
    """The address as `clean_address` gives it, but of any form: logs have such as ``sandy at example``.

    Raises:
        Malformed: it is empty or too long, or holds what no address does.
    """
    address = " ".join(normalize("NFC", checked(text)).split())
    mailbox, at, domain = address.rpartition("@")
    return _fitting(f"{mailbox}{at}{normalize('NFC', domain.lower()) if at else domain}", ADDRESS_LENGTH, "address")


def _fitting(text: str, length: int, what: str) -> str:
    if not text:
        raise Malformed(f"the {what} is empty")
    if "<" in text or ">" in text:
        raise Malformed(f"the {what} holds an angle bracket")
    if len(text) > length:
        raise Malformed(f"the {what} is longer than {length} characters")
    return text

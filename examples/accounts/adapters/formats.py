"""Users in the formats of other programs, written one at a time."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from accounts.domain.user import User


def as_data(user: User) -> dict[str, object]:
    """The user as JSON knows it."""
    return {
        "name": user.name,
        "fullname": user.fullname,
        "addresses": [address.email_address for address in user.addresses],
    }


def write_csv(users: Iterable[User], stream: TextIO) -> None:
    """Write a row for each address, and one for a user who has none."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("name", "fullname", "email_address"))
    for user in users:
        for email_address in [address.email_address for address in user.addresses] or [""]:
            writer.writerow((user.name, user.fullname, email_address))


def write_json(users: Iterable[User], stream: TextIO) -> None:
    """Write an array with an object, on a line of its own, for each user."""
    stream.write("[")
    for number, user in enumerate(users):
        stream.write(",\n" if number else "\n")
        json.dump(as_data(user), stream, ensure_ascii=False)
    stream.write("\n]\n")


def write_vcard(users: Iterable[User], stream: TextIO) -> None:
    """Write a card (RFC 6350) for each user."""
    for user in users:
        emails = (f"EMAIL:{_escaped(address.email_address)}" for address in user.addresses)
        name = _escaped(user.fullname)
        for line in ("BEGIN:VCARD", "VERSION:4.0", f"FN:{name}", *emails, "END:VCARD"):
            stream.write("\r\n ".join(_folded(line)) + "\r\n")


FORMATS: dict[str, Callable[[Iterable[User], TextIO], None]] = {
    "csv": write_csv,
    "json": write_json,
    "vcard": write_vcard,
}
"""How to write each format."""


def _escaped(text: str) -> str:
    for special in "\\,;":
        text = text.replace(special, f"\\{special}")
    return text


def _folded(line: str) -> Iterator[str]:
    """Cut a line into pieces of at most 75 bytes, the space in front of the later ones included."""
    piece, length = "", 0
    for character in line:
        width = len(character.encode())
        if length + width > 75:
            yield piece
            piece, length = "", 1
        piece, length = piece + character, length + width
    yield piece

"""A factory without its items' type: pyright, when strict, wants ``list["Address"]``; otherwise ``list`` will do."""

from typing import assert_type

from attrs import field

from unitofwork import entity


@entity
class User:
    name: str
    addresses: list["Address"] = field(factory=list)


@entity
class Address:
    email_address: str


assert_type(User("sandy").addresses, list[Address])
assert_type(User("sandy", [Address("sandy@example.org")]), User)

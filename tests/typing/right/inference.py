"""What type checkers infer without any annotation in an application's own code."""

# pyright: strict

from typing import assert_type

from attrs import field

from unitofwork import Condition, Database, EntityState, Order, Repository, UnitOfWork, entity, repository, value, where


@entity
class User:
    name: str
    age: int | None = None
    addresses: list["Address"] = field(factory=list["Address"])
    id: int | None = None


@entity(kw_only=True)
class Address:
    email_address: str
    user: User | None = None
    id: int | None = None


@value
class Money:
    amount: int
    currency: str = "EUR"


class Users(Repository[User]):
    def named(self, name: str) -> User:
        return self.find_one(where(User.name) == name)


class Addresses(Repository[Address]):
    pass


class Accounts(UnitOfWork):
    users = repository(User, Users)
    addresses = repository(Address)
    more_addresses = repository(Address, Addresses)


def constructors() -> None:
    assert_type(User("sandy"), User)
    assert_type(User("sandy", 30, [Address(email_address="sandy@example.org")]), User)
    assert_type(Address(email_address="sandy@example.org", user=User("sandy")), Address)
    assert_type(Money(3), Money)
    assert_type(User("sandy").addresses, list[Address])


def units(database: Database) -> None:
    assert_type(Accounts(database).begin(read_only=True), Accounts)
    with Accounts(database) as uow:
        assert_type(uow, Accounts)
    with Accounts(database).begin() as uow:
        assert_type(uow, Accounts)
    with uow.savepoint() as nothing:
        assert_type(nothing, None)


def repositories(uow: Accounts) -> None:
    assert_type(uow.users, Users)
    assert_type(uow.addresses, Repository[Address])
    assert_type(uow.more_addresses, Addresses)
    assert_type(uow.repository(Address), Repository[Address])
    assert_type(uow.users.named("sandy"), User)


def questions(uow: Accounts) -> None:
    assert_type(uow.users.get(1), User | None)
    assert_type(uow.users.get_one(1), User)
    assert_type(uow.users.find(), list[User])
    assert_type(uow.users.find(where("age") > 3, order_by=where("age").desc(), name="sandy"), list[User])
    assert_type(uow.users.find_one(name="sandy"), User)
    assert_type(uow.users.first(order_by="name"), User | None)
    assert_type(uow.users.count(), int)
    assert_type(uow.users.exists(name="sandy"), bool)
    assert_type(uow.users.upsert(User("sandy")), User)
    assert_type(uow.repository(Address).find_one(), Address)
    assert_type(uow.state(uow.users.get_one(1)), EntityState)


def conditions() -> None:
    assert_type(where(User.age) > 3, Condition)
    assert_type(where(User.age) == None, Condition)  # noqa: E711  # makes a condition
    assert_type(where(User.name) != "sandy", Condition)
    assert_type(where(User.age).in_([1, 2]), Condition)
    assert_type(where(User.name).startswith("s") & ~(where("age") < 3) | where(User.age).between(1, 2), Condition)
    assert_type(where(User.addresses, Address.email_address).endswith("@example.org"), Condition)
    assert_type(where("addresses.email_address") == "sandy@example.org", Condition)
    assert_type(where(User.age).desc().nulls_last(), Order)

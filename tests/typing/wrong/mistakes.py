"""Mistakes that both type checkers must report, each on the line that says so, and nothing else."""

# pyright: strict

from attrs import field

from unitofwork import Database, Repository, UnitOfWork, entity, repository, value, where


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


@value
class Money:
    amount: int


class Users(Repository[User]):
    def named(self, name: str) -> User:
        return self.find_one(where(User.name) == name)


class Addresses(Repository[Address]):
    pass


class Accounts(UnitOfWork):
    users = repository(User, Users)
    addresses = repository(Address)


class OfTheWrongType(UnitOfWork):
    users = repository(User, Addresses)  # error
    instances = repository(User("sandy"))  # error


def constructors() -> None:
    User()  # error
    User("sandy", "thirty")  # error
    User("sandy", adresses=[])  # error
    User("sandy", addresses=[User("patrick")])  # error
    Address("sandy@example.org")  # error
    Money(3).amount = 4  # error


def repositories(uow: Accounts) -> None:
    addresses: Repository[Address] = uow.users  # error
    addresses.add(User("sandy"))  # error
    uow.users.add(Address(email_address="sandy@example.org"))  # error
    uow.users.add_all([Address(email_address="sandy@example.org")])  # error
    uow.users.delete(Address(email_address="sandy@example.org"))  # error
    uow.users.nmaed("sandy")  # error
    uow.teams.find()  # error
    uow.repository(Address).add(User("sandy"))  # error


def answers(uow: Accounts) -> None:
    print(uow.users.get(1).name)  # error
    print(uow.users.first().name)  # error
    print(uow.users.find().name)  # error
    print(uow.users.find_one().nmae)  # error
    user: User = uow.users.get(1)  # error
    address: Address = uow.users.get_one(1)  # error
    print(user, address)


def conditions(uow: Accounts) -> None:
    where(User.nmae)  # error
    where(User.addresses, Address.email)  # error
    uow.users.find(where(User.age) > "three")  # error
    where(User.age).in_(["three"])  # error
    where(User.age).between(1, "three")  # error
    where(User.name).startswith(3)  # error
    uow.users.find(where(User.age) == "three")  # error
    uow.users.find("sandy")  # error
    uow.users.find(User.name == "sandy")  # error
    uow.users.find(where(User.age) > 3 & where(User.age) < 5)  # error
    uow.users.find(where("age").desc() & where("age"))  # error
    uow.users.find(limit="1")  # error


async def awaiting(uow: Accounts) -> None:
    await uow.users.get(1)  # error
    await uow.commit()  # error
    async with uow:  # error
        pass


def units(database: Database) -> None:
    Accounts()  # error
    Accounts("sqlite://")  # error
    Accounts(database).begin(True)  # error

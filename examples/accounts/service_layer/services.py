"""What can be done with users, one business transaction each.

Every function begins the unit that it is given and closes it; the users that it returns can be read afterwards.
"""

from collections.abc import Generator

import attrs

from accounts.domain.user import User
from accounts.service_layer.unit_of_work import Accounts
from unitofwork import Page, where

_PAGE = 1000


def register(uow: Accounts, fullname: str, *email_addresses: str) -> User:
    """Add a user.

    Raises:
        Malformed: the name or an address is not one.
        UniqueViolation: another user has the name, or one of the addresses.
    """
    with uow:
        user = User.registered(fullname, email_addresses)
        uow.users.add(user)
        uow.commit()
        return user


def rename(uow: Accounts, name: str, fullname: str) -> User:
    """Change a user's full name, and with it the name.

    Raises:
        NotFound: nobody has the old name.
        Malformed: the full name is not one.
        UniqueViolation: another user has the new name.
    """
    with uow:
        user = uow.users.called(name)
        user.rename(fullname)
        uow.commit()
        return user


def add_address(uow: Accounts, name: str, email_address: str) -> User:
    """Give a user an address; one that the user has already changes nothing.

    Raises:
        NotFound: nobody has the name.
        Malformed: the address is not one.
        UniqueViolation: another user has the address.
    """
    with uow:
        user = uow.users.called(name)
        user.add_address(email_address)
        uow.commit()
        return user


def remove_address(uow: Accounts, name: str, email_address: str) -> User:
    """Take an address from a user.

    Raises:
        NotFound: nobody has the name.
        Refused: the user has no such address.
    """
    with uow:
        user = uow.users.called(name)
        user.remove_address(email_address)
        uow.commit()
        return user


def delete(uow: Accounts, name: str) -> User:
    """Remove a user with all addresses.

    Raises:
        NotFound: nobody has the name.
    """
    with uow:
        user = uow.users.called(name)
        user.remove()
        uow.users.delete(user)
        uow.commit()
        return user


def merge(uow: Accounts, keep: str, other: str) -> User:
    """Move the addresses of the other user to the one that is kept, and remove the other.

    Raises:
        NotFound: nobody has one of the names.
        Refused: both are the same user.
    """
    with uow:
        kept, gone = uow.users.called(keep), uow.users.called(other)
        kept.absorb(gone)
        gone.remove()
        uow.users.delete(gone)
        uow.commit()
        return kept


def show(uow: Accounts, name: str) -> User:
    """The user of that name or full name.

    Raises:
        NotFound: there is none.
    """
    with uow.begin(read_only=True):
        return uow.users.called(name)


def find(uow: Accounts, text: str, *, limit: int) -> list[User]:
    """The users whose name or an address contains the text, whatever its case, by name."""
    with uow.begin(read_only=True):
        return uow.users.matching(text, limit=limit)


def page(uow: Accounts, *, size: int, after: str | None = None) -> Page[User]:
    """Some users by name: the first, or those after the cursor of the page before.

    Raises:
        InvalidValue: the cursor is none of ours.
    """
    with uow.begin(read_only=True):
        return uow.users.page(order_by=User.name, size=size, after=after, load=User.addresses)


def everyone(uow: Accounts) -> Generator[User]:
    """Yield all users by id, a page in memory at a time; close the iterator to close the unit early."""
    with uow.begin(read_only=True):
        last_id = 0
        while page := uow.users.after(last_id, limit=_PAGE):
            yield from page
            last_id = page[-1].id or 0
            uow.expunge_all()


@attrs.frozen
class Stats:
    """How many there are."""

    users: int
    addresses: int
    users_without_address: int


def stats(uow: Accounts) -> Stats:
    """Count what is kept."""
    with uow.begin(read_only=True):
        return Stats(
            users=uow.users.count(),
            addresses=uow.addresses.count(),
            users_without_address=uow.users.count(~where("addresses.id").is_not_none()),
        )

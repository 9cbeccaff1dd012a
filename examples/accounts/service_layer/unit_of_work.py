"""The unit of work of accounts, with the questions that its services ask."""

from collections.abc import Iterable

from accounts.domain.text import folded, handle
from accounts.domain.user import Address, User
from accounts.service_layer.batches import batches
from unitofwork import Repository, UnitOfWork, repository, where
from unitofwork.domain.errors import NotFound

_ASKED_AT_ONCE = 500
"""Values in one question: every database takes this many, and none takes any number."""


class Users(Repository[User]):
    """All users."""

    def called(self, name: str) -> User:
        """The user of that name or full name, with the addresses.

        Raises:
            NotFound: there is none.
        """
        user = self.first(where(User.name) == handle(name), load=User.addresses)
        if user is None:
            raise NotFound(f"there is no user {handle(name)}", entity_type=User)
        return user

    def matching(self, text: str, *, limit: int) -> list[User]:
        """The users whose name or an address contains the text, whatever its case, by name; with their addresses."""
        in_name = where(User.name).contains(".".join(folded(text).split()))
        in_address = where(User.addresses, Address.email_address).ilike(f"%{_literally(text)}%")
        return self.find(in_name | in_address, order_by=User.name, limit=limit, load=User.addresses)

    def after(self, last_id: int, *, limit: int) -> list[User]:
        """The next users by id, with their addresses."""
        return self.find(where(User.id) > last_id, order_by=User.id, limit=limit, load=User.addresses)

    def by_name(self, names: Iterable[str]) -> dict[str, User]:
        """Those of the names that are known, with their users."""
        found = (self.find(where(User.name).in_(some)) for some in batches(names, _ASKED_AT_ONCE))
        return {user.name: user for users in found for user in users}


class Addresses(Repository[Address]):
    """All addresses."""

    def known(self, email_addresses: Iterable[str]) -> set[str]:
        """Those of the addresses that somebody has."""
        found = (self.find(where(Address.email_address).in_(some)) for some in batches(email_addresses, _ASKED_AT_ONCE))
        return {address.email_address for addresses in found for address in addresses}


class Accounts(UnitOfWork):
    """One business transaction on users and addresses."""

    users = repository(User, Users)
    addresses = repository(Address, Addresses)


def _literally(text: str) -> str:
    """The text as a pattern that matches nothing else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

"""Users and their addresses."""

from collections.abc import Iterable
from typing import Self

import attrs

from accounts.domain.errors import Refused
from accounts.domain.events import UserRegistered, UserRemoved, UserRenamed
from accounts.domain.text import clean_address, clean_fullname, handle, logged_address
from unitofwork import entity, record


@entity
class Address:
    """An e-mail address, which belongs to one user."""

    email_address: str
    user: "User | None" = None
    id: int | None = None


@entity
class User:
    """A person, known by a name that no other user has."""

    name: str
    fullname: str
    addresses: list[Address] = attrs.field(factory=list[Address])
    id: int | None = None

    @classmethod
    def called(cls, fullname: str) -> Self:
        """Make a user of a full name."""
        return cls(handle(fullname), clean_fullname(fullname))

    @classmethod
    def registered(cls, fullname: str, email_addresses: Iterable[str]) -> Self:
        """Make a user who has come by herself, and whom others want to know of."""
        user = cls.called(fullname)
        for email_address in email_addresses:
            user.add_address(email_address)
        addresses = tuple(address.email_address for address in user.addresses)
        record(user, UserRegistered(user.name, user.fullname, addresses))
        return user

    def rename(self, fullname: str) -> None:
        """Change the full name, and with it the name."""
        former_name = self.name
        self.name, self.fullname = handle(fullname), clean_fullname(fullname)
        record(self, UserRenamed(self.name, former_name))

    def remove(self) -> None:
        """Note that the user goes."""
        record(self, UserRemoved(self.name))

    def add_address(self, email_address: str) -> Address:
        """Give the user an address; one that is there already is returned as it is."""
        wanted = clean_address(email_address)
        return self._address(wanted) or self._take(Address(wanted))

    def remove_address(self, email_address: str) -> None:
        """Take an address from the user, which ends it."""
        address = self._address(logged_address(email_address))
        if address is None:
            raise Refused(f"{self.name} has no address {email_address}")
        self._drop(address)

    def absorb(self, other: "User") -> None:
        """Take over all addresses of another user."""
        if other is self:
            raise Refused(f"{self.name} cannot be merged with itself")
        theirs, _ = tuple(other.addresses), self.addresses  # both are read before an address is between two users
        for address in theirs:
            other._drop(address)
            self._take(address)

    def _address(self, wanted: str) -> Address | None:
        return next((address for address in self.addresses if address.email_address == wanted), None)

    def _take(self, address: Address) -> Address:
        self.addresses.append(address)
        address.user = self  # a mapping would do this too; the domain does not depend on it
        return address

    def _drop(self, address: Address) -> None:
        self.addresses.remove(address)
        address.user = None

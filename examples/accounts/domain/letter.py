"""Letters to users."""

from accounts.domain.events import UserRegistered
from unitofwork import value


@value
class Letter:
    """A letter to one address."""

    email_address: str
    text: str


def welcome_letters(registered: UserRegistered) -> list[Letter]:
    """What a new user is written, at each address."""
    text = f"Welcome, {registered.fullname}: your name here is {registered.name}"
    return [Letter(email_address, text) for email_address in registered.email_addresses]

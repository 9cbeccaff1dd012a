"""What happens to users, as others may want to know it."""

from unitofwork import Event, value


@value
class UserRegistered(Event):
    """Somebody has come."""

    name: str
    fullname: str
    email_addresses: tuple[str, ...]


@value
class UserRenamed(Event):
    """Somebody has another full name, and with it another name."""

    name: str
    former_name: str


@value
class UserRemoved(Event):
    """Somebody has gone, with all addresses."""

    name: str

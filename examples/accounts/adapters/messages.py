"""The names that events have outside of the application: they stay, whatever the classes are called."""

from functools import cache

from accounts.domain.events import UserRegistered, UserRemoved, UserRenamed
from unitofwork import MessageTypes, MsgspecCodec


@cache
def accounts_codec() -> MsgspecCodec:
    """Write and read the application's events."""
    types = MessageTypes()
    types.add(UserRegistered, "user-registered", version=1)
    types.add(UserRenamed, "user-renamed", version=1)
    types.add(UserRemoved, "user-removed", version=1)
    return MsgspecCodec(types)

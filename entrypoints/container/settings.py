"""The configuration by pydantic-settings: from the environment, files of variables, and files of secrets."""

from collections.abc import Mapping
from typing import Annotated, Any

try:
    from pydantic import (
        BaseModel,
        BeforeValidator,
        ConfigDict,
        NonNegativeFloat,
        NonNegativeInt,
        PositiveFloat,
        PositiveInt,
        SecretStr,
        ValidationError,
    )
    from pydantic_settings import BaseSettings, SettingsConfigDict
    from pydantic_settings.exceptions import SettingsError
except ImportError as missing:
    raise ImportError(
        "Settings need pydantic-settings, which is not installed: pip install unitofwork[settings]"
    ) from missing

from unitofwork.domain.isolation import Isolation
from unitofwork.entrypoints.container.configuration import level
from unitofwork.entrypoints.errors import ConfigurationError

_HIDDEN = ("value_error", "assertion_error")
"""The errors of validators of an application's own, whose texts may hold the value."""

_SECTION = ConfigDict(extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


class DatabaseSettings(BaseModel):
    """Where the entities are kept, and how connections are made, kept and used. All times are in seconds.

    All but the first three are what `EngineOptions` says of them.
    """

    model_config = _SECTION

    url: SecretStr | None = None
    """Where the entities are kept, as in ``postgresql://user:password@host/shop``."""

    binds: dict[str, SecretStr] = {}
    """The URLs of other databases, by the names of the tables that they keep."""

    twophase: bool = False
    """Whether a unit that wrote to several databases commits in two phases."""

    pool_size: NonNegativeInt = 5
    """Connections that stay open when nobody uses them."""

    max_overflow: NonNegativeInt = 10
    """Connections that may be open beyond those while all are in use."""

    pool_timeout: NonNegativeFloat = 10.0
    """How long a unit waits for a connection to come free."""

    recycle: NonNegativeFloat | None = None
    """The age at which a connection is replaced before its next use."""

    ping_after: NonNegativeFloat | None = 30.0
    """After how long without use a connection is tried before its next use."""

    connect_timeout: NonNegativeFloat | None = 10.0
    """How long connecting may take."""

    lock_timeout: NonNegativeFloat | None = 5.0
    """How long a statement waits for another transaction's lock."""

    statement_timeout: NonNegativeFloat | None = None
    """How long a statement may run."""

    network_timeout: NonNegativeFloat | None = 300.0
    """How long the network or the server may be silent."""

    idle_in_transaction_timeout: NonNegativeFloat | None = None
    """How long a unit may hold a transaction open between two statements."""

    settle_commits: bool = True
    """Whether it can be told later what became of a COMMIT that was not answered."""

    isolation: Annotated[Isolation | None, BeforeValidator(level)] = Isolation.READ_COMMITTED
    """How far units that ask for nothing else are kept apart: read committed, snapshot, or serializable."""


class OutboxSettings(BaseModel):
    """How events are kept."""

    model_config = _SECTION

    notify: bool = False
    """Whether each unit that wrote messages wakes up the relays that listen."""


class RelaySettings(BaseModel):
    """How what is in the outbox is published. All times are in seconds."""

    model_config = _SECTION

    batch: PositiveInt = 100
    """How many messages are read, and noted as published, at a time."""

    attempts: PositiveInt = 10
    """How often a message is tried before it is dead."""

    lease: PositiveFloat = 60.0
    """How long a bucket is kept from others by a relay that is heard of no more, where rows have no locks."""

    interval: PositiveFloat = 1.0
    """How long to wait before looking again whether there is something to do."""


class Settings(BaseSettings):
    """What a container is configured with, from variables such as ``UNITOFWORK_DATABASE__POOL_SIZE``.

    ::

        class ShopSettings(Settings):
            model_config = SettingsConfigDict(env_prefix="SHOP_")
            currency: str = "EUR"


        container = ShopContainer(config=ShopSettings().model_dump())

    URLs are secrets: they are not shown, and stay so in the container.

    Raises:
        ConfigurationError: a variable is missing or wrong. The text names all such, and holds no values.
    """

    model_config = SettingsConfigDict(
        env_prefix="UNITOFWORK_",
        env_nested_delimiter="__",
        env_parse_none_str="none",
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        nested_model_default_partial_update=True,
    )

    database: DatabaseSettings = DatabaseSettings()
    """Where the entities are kept, and how."""

    outbox: OutboxSettings = OutboxSettings()
    """How events are kept."""

    relay: RelaySettings = RelaySettings()
    """How what is in the outbox is published."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigurationError(self._told(error)) from None  # the error has the values in its details
        except SettingsError as error:
            raise ConfigurationError(
                f"the settings cannot be read, since a whole section is to be JSON: {error}"
            ) from None

    @classmethod
    def _told(cls, error: ValidationError) -> str:
        wrong = [
            _one(cls._variable(each["loc"]), each) for each in error.errors(include_url=False, include_input=False)
        ]
        return f"the settings are wrong: {'; '.join(wrong)}"

    @classmethod
    def _variable(cls, place: tuple[int | str, ...]) -> str:
        delimiter = cls.model_config.get("env_nested_delimiter") or "__"
        return f"{cls.model_config.get('env_prefix') or ''}{delimiter.join(map(str, place))}".upper()


def _one(variable: str, error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return f"{variable} is not set"
    if error["type"] in _HIDDEN:
        return f"{variable} is refused by the settings' own rules"
    return f"{variable}: {str(error['msg'])[:1].lower()}{str(error['msg'])[1:]}"

"""The configuration comes from a dictionary, the environment or settings; what is wrong is told, and no secret is."""

import traceback
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from unitofwork import EngineOptions, Isolation
from unitofwork.entrypoints.container import ConfigurationError, Settings, environment
from unitofwork.entrypoints.container.configuration import database_configuration, relay_configuration, section
from unitofwork.entrypoints.container.settings import DatabaseSettings, RelaySettings

SECRET = "hunter2"
URL = f"postgresql://somebody:{SECRET}@localhost/shop"


class ShopSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")

    currency: str = "EUR"
    token: SecretStr = SecretStr("")

    @field_validator("token")
    @classmethod
    def _is_no_password(cls, token: SecretStr) -> SecretStr:
        if token.get_secret_value() == SECRET:
            raise ValueError(f"{token.get_secret_value()} is no token")
        return token


@pytest.fixture(params=["environment", "settings"])
def configured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """What becomes of variables, by each of the two ways."""

    def make(**variables: str) -> object:
        if request.param == "environment":
            return environment("SHOP_", {**variables, "HOME": "/"})
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        return ShopSettings().model_dump()

    return make


def test_variables_become_options_of_the_engine(configured: Callable[..., object]) -> None:
    config = configured(
        SHOP_DATABASE__URL=URL,
        SHOP_DATABASE__POOL_SIZE="7",
        SHOP_DATABASE__STATEMENT_TIMEOUT="2.5",
        SHOP_DATABASE__PING_AFTER="none",
        SHOP_DATABASE__SETTLE_COMMITS="off",
        SHOP_DATABASE__ISOLATION="SNAPSHOT",
        SHOP_DATABASE__TWOPHASE="true",
        SHOP_DATABASE__BINDS__ORDERS="sqlite:///orders.db",
    )
    said = database_configuration(config)
    assert (said.url, said.binds, said.twophase) == (URL, {"orders": "sqlite:///orders.db"}, True)
    assert said.options == EngineOptions(
        pool_size=7, statement_timeout=2.5, ping_after=None, settle_commits=False, isolation=Isolation.SNAPSHOT
    )


def test_variables_become_options_of_the_relay(configured: Callable[..., object]) -> None:
    config = configured(SHOP_RELAY__BATCH="10", SHOP_RELAY__LEASE="1.5")
    assert {"batch": 10, "lease": 1.5}.items() <= relay_configuration(config).items()


def test_what_is_not_said_is_as_the_engine_has_it(configured: Callable[..., object]) -> None:
    assert database_configuration(configured(SHOP_DATABASE__URL=URL)).options == EngineOptions()


def test_the_settings_have_every_option_of_the_engine_with_its_default() -> None:
    ours = {each.name: each.default for each in attrs.fields(EngineOptions)}
    theirs = {name: field.default for name, field in DatabaseSettings.model_fields.items()}
    assert {name: theirs[name] for name in ours} == ours
    assert theirs.keys() - ours.keys() == {"url", "binds", "twophase"}


def test_each_setting_is_documented() -> None:
    for model in (DatabaseSettings, RelaySettings, Settings):
        assert all(field.description for field in model.model_fields.values())


def test_a_relay_of_the_settings_is_as_one_without(monkeypatch: pytest.MonkeyPatch) -> None:
    assert relay_configuration(Settings().model_dump()) == {"batch": 100, "attempts": 10, "lease": 60, "interval": 1}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({}, "the configuration has no database.url: give the container config={"),
        ({"database": {"url": ""}}, "config.database.url is to be a URL, as in postgresql://"),
        ({"database": {"url": 7}}, "config.database.url is to be a URL"),
        ({"database": {"ulr": URL}}, "config.database has an option ulr, which there is not: there are binds,"),
        ({"database": {"url": URL, "pool_size": SECRET}}, "config.database.pool_size is to be a whole number"),
        ({"database": {"url": URL, "pool_size": 1.5}}, "config.database.pool_size is to be a whole number"),
        ({"database": {"url": URL, "pool_size": "-1"}}, "config.database: pool_size is a number of connections, not"),
        ({"database": {"url": URL, "pool_timeout": True}}, "config.database.pool_timeout is to be a number"),
        ({"database": {"url": URL, "recycle": SECRET}}, "config.database.recycle is to be a number, or none"),
        ({"database": {"url": URL, "twophase": SECRET}}, "config.database.twophase is to be true or false"),
        ({"database": {"url": URL, "isolation": SECRET}}, "is to be read committed, snapshot, serializable"),
        ({"database": {"url": URL, "binds": URL}}, "config.database.binds is a section"),
        ({"database": {"url": URL, "binds": {"orders": 7}}}, "config.database.binds.orders is to be a URL"),
        ({"database": URL}, "config.database is a section: write config.database.<option>"),
        (URL, "the configuration is no dictionary"),
    ],
)
def test_a_wrong_configuration_is_told_in_a_sentence_without_secrets(wrong: Any, told: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        database_configuration(wrong)
    assert told in str(raised.value)
    assert_hidden(raised.value)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"SHOP_DATABASE__POOL_SIZE": SECRET}, "SHOP_DATABASE__POOL_SIZE: input should be a valid integer"),
        ({"SHOP_DATABASE__ULR": URL}, "SHOP_DATABASE__ULR: extra inputs are not permitted"),
        ({"SHOP_DATABASE__ISOLATION": SECRET}, "SHOP_DATABASE__ISOLATION"),
        ({"SHOP_DATABASE": URL}, 'a whole section is to be JSON: error parsing value for field "database"'),
        ({"SHOP_DATABASE__BINDS": URL}, 'error parsing value for field "database"'),
        ({"SHOP_TOKEN": SECRET}, "SHOP_TOKEN is refused by the settings' own rules"),
        ({"SHOP_RELAY__BATCH": "0"}, "SHOP_RELAY__BATCH: input should be greater than 0"),
    ],
)
def test_wrong_settings_are_told_by_the_variable_without_secrets(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(ConfigurationError) as raised:
        ShopSettings()
    assert told in str(raised.value)
    assert_hidden(raised.value)


def test_all_that_is_wrong_in_the_settings_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Demanding(Settings):
        model_config = SettingsConfigDict(env_prefix="SHOP_")
        currency: str

    monkeypatch.setenv("SHOP_RELAY__LEASE", "long")
    with pytest.raises(ConfigurationError, match=r"SHOP_RELAY__LEASE: .*; SHOP_CURRENCY is not set"):
        Demanding()  # type: ignore[call-arg]  # which is what a missing variable is


def test_settings_keep_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE__URL", URL)
    monkeypatch.setenv("SHOP_DATABASE__BINDS__ORDERS", URL)
    settings = ShopSettings()
    for shown in (settings, settings.model_dump(), database_configuration(settings.model_dump())):
        assert SECRET not in repr(shown)
        assert SECRET not in str(shown)


def test_sections_of_an_application_s_own_are_left_alone() -> None:
    config = environment("SHOP_", {"SHOP_MAIL__HOST": "localhost", "SHOP_DATABASE__URL": URL, "SHOP_NAME": "x"})
    assert config == {"mail": {"host": "localhost"}, "database": {"url": URL}, "name": "x"}
    assert database_configuration(config).url == URL


def test_a_variable_is_no_text_and_section_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"SHOP_DATABASE__URL is set, and so is DATABASE"):
        environment("SHOP_", {"SHOP_DATABASE": "x", "SHOP_DATABASE__URL": URL})


def test_a_section_that_is_missing_says_nothing() -> None:
    assert section({}, "relay", {}) == {}
    assert section({"relay": None}, "relay", {}) == {}


def assert_hidden(error: BaseException) -> None:
    """No password is in what is logged of an error, its causes included."""
    assert SECRET not in str(error)
    assert SECRET not in repr(error)
    assert SECRET not in "".join(traceback.format_exception(error))

"""What is used of dependency-injector's wiring though it is not public: a new release that changes it fails here."""

from collections.abc import Callable
from inspect import signature
from types import ModuleType
from typing import Any, cast

import pytest
from dependency_injector import containers, providers, wiring
from fastapi import Depends

from unitofwork.entrypoints.container import private


class Shop(containers.DeclarativeContainer):
    config = providers.Configuration()
    currency = providers.Object("EUR")


def priced(
    by_default: str = wiring.Provide[Shop.currency], closed: str = wiring.Closing[wiring.Provide["nothing"]]
) -> str:
    return by_default


@pytest.fixture
def container() -> Shop:
    return Shop()


@pytest.fixture
def function() -> Any:
    return wiring.inject(priced)


def test_injectable_functions_are_noted(function: Any) -> None:
    assert private.is_injectable(function)
    assert not private.is_injectable(priced)
    assert any(each is function for each in private.injectable())


def test_what_is_injected_is_noted_for_each_parameter(function: Any, container: Shop) -> None:
    assert {name: provider for name, (_, provider) in private.injections(function).items()} == {
        "by_default": None,
        "closed": None,
    }
    module = ModuleType("prices")
    cast(Any, module).priced = function
    container.wire(modules=[module])
    assert private.injections(function)["by_default"][1] is container.currency
    assert private.injections(function)["closed"][1] is None
    assert private.closings(function) == {"closed"}
    container.unwire()


def test_a_marker_is_found_in_a_default_and_within_another_and_in_what_fastapi_calls() -> None:
    def depending(uow: str = Depends(wiring.Provide["currency"])) -> None: ...  # as applications write it

    by_default, closed = map(private.marker_of, signature(priced).parameters.values())
    (depends,) = map(private.marker_of, signature(depending).parameters.values())
    (none,) = map(private.marker_of, signature(lambda x=3: x).parameters.values())
    meant = [getattr(marker, "provider", None) for marker in (by_default, closed, depends, none)]
    assert meant == [Shop.currency, "nothing", "currency", None]


@pytest.mark.parametrize(
    ("marker", "meant"),
    [
        (lambda: wiring.Provide[Shop.currency], lambda shop: shop.currency),
        (lambda: wiring.Provide["currency"], lambda shop: shop.currency),
        (lambda: wiring.Closing[wiring.Provide["currency"]], lambda shop: shop.currency),
        (lambda: wiring.Provide[Shop], lambda shop: shop.__self__),
        (lambda: wiring.Provide["nothing"], lambda _: None),
        (lambda: wiring.Provide[providers.Object(7)], lambda _: None),
    ],
)
def test_markers_are_resolved(container: Shop, marker: Callable[[], Any], meant: Callable[[Any], object]) -> None:
    assert private.resolved(container, marker()) is meant(container)


def test_a_container_knows_where_it_is_wired(container: Shop) -> None:
    module = ModuleType("prices")
    container.wire(modules=[module], packages=[module])
    assert list(private.wired_modules(container)) == list(private.wired_packages(container)) == ["prices"]
    container.unwire()


def test_an_option_knows_its_configuration(container: Shop) -> None:
    assert private.root_of(container.config.database.url) is container.config

"""A container finds its mistakes at start-up: what each of them does, that it is found, and that nothing else is."""

import asyncio
import importlib
import pickle
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import ModuleType
from typing import Any, cast

import httpx
import pytest
from dependency_injector import containers, providers, wiring

from accounts.entrypoints.container import AccountsContainer
from unitofwork import MemoryDatabase, SqlAlchemyDatabase
from unitofwork.entrypoints.container import AsyncContainer, Container, ContainerError
from wired.shop import Article, Shop, ShopContainer, map_shop

IN_MEMORY = {"database": {"url": "sqlite://", "pool_size": "5"}}


class Import:
    """Imports modules of `wired`, and forgets them in the end, with what wiring has noted of them."""

    def __init__(self) -> None:
        self.modules: list[ModuleType] = []

    def __call__(self, name: str) -> Any:
        module = importlib.import_module(f"wired.{name}")
        self.modules.append(module)
        return module

    def forget(self) -> None:
        wiring.unwire(modules=self.modules)
        noted = cast(Any, wiring)._patched_registry._callables
        for module in self.modules:
            for function in [each for each in noted if each.__module__ == module.__name__]:
                del noted[function]
            sys.modules.pop(module.__name__)


@pytest.fixture
def imported() -> Iterator[Import]:
    made = Import()
    yield made
    made.forget()


@pytest.fixture
def container() -> Iterator[ShopContainer]:
    made = ShopContainer(config=IN_MEMORY)
    made.init_resources()
    yield made
    made.unwire()
    made.shutdown_resources()


def findings(container: Container | AsyncContainer) -> list[str]:
    """What a container finds in itself."""
    try:
        container.self_check()
    except ContainerError as error:
        return list(error.findings)
    return []


def get(app: Any, path: str) -> Any:
    """What an application of FastAPI answers."""

    async def ask() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
            return (await client.get(path)).json()

    return asyncio.run(ask())


# --- nothing to find --------------------------------------------------------------------------------------------------


def test_the_example_has_no_mistakes() -> None:
    container = AccountsContainer(config=IN_MEMORY)
    container.init_resources()
    assert findings(container) == []
    container.shutdown_resources()


def test_what_is_wired_as_it_should_be_has_no_mistakes(container: ShopContainer, imported: Import) -> None:
    right = imported("right")
    container.wire(modules=[right])
    assert right.CURRENCY == "EUR"
    assert right.buy("soap") == "soap Shop"
    assert isinstance(right.not_decorated(), Shop)
    assert isinstance(right.Cashier().uow, Shop)
    assert right.Cashier.container is container
    assert findings(container) == []


def test_a_package_is_wired_with_all_that_is_in_it(container: ShopContainer, imported: Import) -> None:
    modules = [imported(name) for name in ("right", "not_wired", "right_on_fastapi")]
    container.wire(modules=modules)
    assert findings(container) == []


def test_an_application_of_fastapi_has_no_mistakes(container: ShopContainer, imported: Import) -> None:
    web = imported("right_on_fastapi")
    container.wire(modules=[web])
    assert get(web.app, "/by-annotation") == get(web.app, "/by-default") == "Shop"
    assert findings(container) == []


def test_a_test_s_container_has_no_mistakes() -> None:
    assert findings(ShopContainer(database=providers.Object(MemoryDatabase(map_shop())))) == []


def test_a_container_on_asyncio_has_no_mistakes() -> None:
    class AwaitedContainer(AsyncContainer):
        registry = providers.Singleton(map_shop)

    async def main() -> None:
        container = AwaitedContainer(config=IN_MEMORY)
        container.init_resources()
        assert findings(container) == []
        await container.shutdown_resources()

    asyncio.run(main())


def test_what_others_wire_is_left_alone(container: ShopContainer, imported: Import) -> None:
    class OtherContainer(containers.DeclarativeContainer):
        unit: providers.Provider[object] = providers.Factory(object)

    imported("not_wired")
    other = OtherContainer()
    other.wire(modules=["wired.not_wired"])
    assert [each for each in findings(container) if "sell" in each] == []
    other.unwire()


# --- what is provided -------------------------------------------------------------------------------------------------


def test_resources_that_are_not_open_are_found() -> None:
    container = ShopContainer(config=IN_MEMORY)
    (found,) = findings(container)
    assert found.startswith("database: it is not open, so that threads would open it while they work")
    assert "call init_resources() before" in found
    container.init_resources()
    assert findings(container) == []
    container.shutdown_resources()


def test_a_resource_of_each_thread_is_found() -> None:
    class PerThread(ShopContainer):
        mail: providers.Provider[str] = providers.ContextLocalResource(str)

    container = PerThread(config=IN_MEMORY)
    container.init_resources()
    (found,) = findings(container)
    assert found.startswith("mail: each thread and task opens one of its own, and one alone is closed")
    container.shutdown_resources()


def test_a_registry_that_is_not_named_is_found() -> None:
    class Nameless(Container):
        pass

    found = findings(Nameless(config=IN_MEMORY))
    assert found[0].startswith("registry: Nameless names none: name it there, as in registry = providers.")


async def mail_by_generator() -> AsyncIterator[str]:
    yield "mail"


async def mail_by_coroutine() -> str:
    return "mail"


@asynccontextmanager
async def mail_by_context_manager() -> AsyncGenerator[str]:
    yield "mail"


@pytest.mark.parametrize("mail", [mail_by_generator, mail_by_coroutine, mail_by_context_manager])
def test_asynchronous_resources_that_turn_units_into_futures_are_found(mail: Callable[[], Any]) -> None:
    class Futures(ShopContainer):
        mail_ = providers.Resource(mail)
        unit: providers.Provider[Shop] = Container.unit_of(Shop, cursor_secret=mail_)

    assert (
        "mail_: it is asynchronous, which turns what depends on it into futures (unit, bus, relay): open it without"
        " awaiting, as AsyncContainer does with its database"
    ) in findings(Futures(config=IN_MEMORY))


def test_an_asynchronous_resource_that_nothing_depends_on_is_none_of_our_business() -> None:
    class Mailing(ShopContainer):
        mail = providers.Resource(mail_by_generator)

    async def main() -> None:
        container = Mailing(config=IN_MEMORY)
        opening = container.init_resources()
        assert opening is not None
        await opening
        assert findings(container) == []
        closing = container.shutdown_resources()
        assert closing is not None
        await closing

    asyncio.run(main())


@contextmanager
def unit_that_commits(database: SqlAlchemyDatabase) -> Generator[Shop]:
    """A unit as a resource: commit in the end, roll back after an exception."""
    with Shop(database) as uow:
        yield uow
        uow.commit()


def test_a_unit_that_is_a_resource_commits_what_a_raising_service_did_and_is_found(container: ShopContainer) -> None:
    class Committing(containers.DeclarativeContainer):
        database = providers.Dependency(instance_of=SqlAlchemyDatabase)
        unit = providers.Resource(unit_that_commits, database)

    class Found(ShopContainer):
        unit = providers.Resource(unit_that_commits, Container.database)

    container.database().create_schema()
    resources = Committing(database=providers.Object(container.database()))

    def service(uow: Shop = wiring.Closing[wiring.Provide["unit"]]) -> None:
        uow.articles.add(Article("soap"))
        raise KeyError("the service failed")

    module = ModuleType("services")
    service.__module__ = module.__name__
    cast(Any, module).service = service
    resources.wire(modules=[module])
    with pytest.raises(KeyError):
        cast(Any, module).service()
    with container.unit() as uow:
        assert uow.articles.count() == 1, "dependency-injector now tells a resource of the exception"

    found = findings(Found(config=IN_MEMORY))
    assert any(each.startswith("unit: a resource that is closed after a call does not hear of what") for each in found)
    resources.unwire()
    del cast(Any, wiring)._patched_registry._callables[cast(Any, module).service]


@pytest.mark.parametrize("shared", [providers.Singleton, providers.ThreadLocalSingleton])
def test_a_unit_that_is_shared_is_found(shared: Any) -> None:
    class Shared(ShopContainer):
        unit: providers.Provider[Shop] = shared(Shop, Container.database)

    container = Shared(config=IN_MEMORY)
    container.init_resources()
    assert findings(container) == [
        "unit: whoever asks gets the same unit of work, which is for one action: make it a Factory"
    ]
    container.shutdown_resources()
    assert container.unit() is container.unit()


def test_a_unit_of_another_name_that_is_shared_is_found() -> None:
    class Shared(ShopContainer):
        reading = providers.Singleton(Shop, Container.database)

    container = Shared(database=providers.Object(MemoryDatabase(map_shop())))
    assert findings(container) == [
        "reading: whoever asks gets the same unit of work, which is for one action: make it a Factory"
    ]


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (providers.Factory(Shop), "no Shop can be made, missing a required argument: 'database'"),
        (Container.unit_of(Shop, data=1), "no Shop can be made, got an unexpected keyword argument 'data'"),
    ],
    ids=["without a database", "with too much"],
)
def test_a_unit_that_cannot_be_made_is_found(made: providers.Factory[Shop], what: str) -> None:
    class Unmade(ShopContainer):
        unit: providers.Provider[Shop] = made

    container = Unmade(database=providers.Object(MemoryDatabase(map_shop())))
    (found,) = findings(container)
    assert found.startswith(f"unit: {what}")
    assert "write Container.unit_of(Shop), which gives it the database" in found
    with pytest.raises(TypeError):
        container.unit()


# --- what is wired ----------------------------------------------------------------------------------------------------


def test_annotations_that_are_texts_are_not_injected_and_are_found(container: ShopContainer, imported: Import) -> None:
    module = imported("annotated_as_text")
    container.wire(modules=[module])
    with pytest.raises(TypeError, match="missing"):
        module.buy()
    found = findings(container)
    assert [each.partition(": ")[0] for each in found] == [
        "wired.annotated_as_text.buy(uow)",
        "wired.annotated_as_text.Cashier.pay(price)",
    ]
    assert "leave out `from __future__ import annotations`, or write uow=Provide[…] as its default" in found[0]


def test_a_module_that_is_not_wired_gets_markers_and_is_found(container: ShopContainer, imported: Import) -> None:
    module = imported("not_wired")
    assert not isinstance(module.buy(), Shop)
    (found,) = findings(container)
    assert found.startswith("wired.not_wired: it is not wired, or was before all of it was defined")
    for place in ("UOW", "buy(uow)", "sell(uow)"):
        assert place in found
    assert found.endswith('call container.wire(modules=["wired.not_wired"]) when all is imported')
    container.wire(modules=["wired.not_wired"])
    assert isinstance(module.buy(), Shop)
    assert findings(container) == []


def test_what_is_defined_after_wiring_gets_markers_and_is_found(container: ShopContainer, imported: Import) -> None:
    module = imported("defined_late")
    container.wire(modules=[module])
    buy = module.define()
    assert not isinstance(buy(), Shop)
    (found,) = findings(container)
    assert "markers are left in define.<locals>.buy(uow)" in found


def test_a_marker_for_what_the_container_has_not_is_found(container: ShopContainer, imported: Import) -> None:
    module = imported("of_a_base")
    container.wire(modules=[module])
    assert not isinstance(module.buy(), Shop)
    found = findings(container)
    assert [each.partition(": ")[0] for each in found] == ["wired.of_a_base.buy(uow)", "wired.of_a_base.sell(uow)"]
    assert "its marker names a provider that ShopContainer has not: write Provide[ShopContainer.…]" in found[0]


def test_a_module_that_another_container_has_wired_is_found(container: ShopContainer, imported: Import) -> None:
    module = imported("not_wired")
    container.wire(modules=[module])
    assert findings(container) == []
    other = ShopContainer(database=providers.Object(MemoryDatabase(map_shop())))
    other.wire(modules=[module])
    with module.buy():
        assert findings(other) == []
    found = findings(container)
    assert [each.partition(": ")[0] for each in found] == ["wired.not_wired.buy(uow)", "wired.not_wired.sell(uow)"]
    assert "another container is injected, since modules are wired for the whole process and the last" in found[0]
    other.unwire()


def test_closing_closes_the_database_of_all_and_is_found(container: ShopContainer, imported: Import) -> None:
    module = imported("closing")
    container.wire(modules=[module])
    (found,) = findings(container)
    assert found.startswith(
        "wired.closing.buy(uow): Closing closes what the provider uses after each call, the database"
    )
    before = container.database()
    module.buy()
    assert container.database() is not before


def test_endpoints_that_a_framework_keeps_unwired_are_found(container: ShopContainer, imported: Import) -> None:
    web = imported("on_fastapi")
    container.wire(modules=[web])
    assert get(web.app, "/right") == "Shop"
    assert get(web.app, "/forgotten") == get(web.app, "/above") == "Provide"
    found = findings(container)
    assert {each.partition(": ")[0] for each in found} == {
        "wired.on_fastapi.forgotten(uow)",
        "wired.on_fastapi.above(uow)",
    }
    assert all("write @inject directly above `def`" in each for each in found)
    assert len(found) == 2


def test_all_mistakes_are_told_at_once(imported: Import) -> None:
    imported("not_wired")
    imported("annotated_as_text")
    with pytest.raises(ContainerError) as raised:
        ShopContainer(config=IN_MEMORY).self_check()
    assert len(raised.value.findings) == 5
    assert str(raised.value).splitlines()[1:] == [f"- {each}" for each in raised.value.findings]
    assert pickle.loads(pickle.dumps(raised.value)).findings == raised.value.findings

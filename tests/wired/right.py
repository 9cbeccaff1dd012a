"""Everything that can be injected, as it should be."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from dependency_injector.wiring import Provide, Provider, as_int, inject, provided

from wired.shop import Shop, ShopContainer

CURRENCY: str = Provide["currency"]


@inject
def buy(name: str, uow: Shop = Provide[ShopContainer.unit]) -> str:
    return f"{name} {type(uow).__name__}"


def not_decorated(uow: Annotated[Shop, Provide[ShopContainer.unit]]) -> Shop:
    return uow


@inject
async def awaited(uows: Callable[[], Shop] = Provider["unit"]) -> Shop:
    return uows()


@inject
async def stream(
    currency: str = Provide["currency", provided().lower.call()],
    size: int = Provide["config.database.pool_size", as_int()],
) -> AsyncIterator[str]:
    yield f"{currency} {size}"


class Cashier:
    container: ShopContainer = Provide[ShopContainer]

    def __init__(self, uow: Shop = Provide[ShopContainer.unit]) -> None:
        self.uow = uow

    @staticmethod
    @inject
    def pay(currency: str = Provide[ShopContainer.currency]) -> str:
        return currency

    @classmethod
    @inject
    def pay_back(cls, currency: str = Provide[ShopContainer.currency]) -> str:
        return currency

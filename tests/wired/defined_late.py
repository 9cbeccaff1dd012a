"""A function that is defined when the module has been wired."""

from collections.abc import Callable

from dependency_injector.wiring import Provide, inject

from wired.shop import Shop, ShopContainer


def define() -> Callable[[], Shop]:
    @inject
    def buy(uow: Shop = Provide[ShopContainer.unit]) -> Shop:
        return uow

    return buy

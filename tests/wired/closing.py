"""Resources that are closed after a call, and with them the database of all."""

from dependency_injector.wiring import Closing, Provide, inject

from wired.shop import Shop, ShopContainer


@inject
def buy(uow: Shop = Closing[Provide[ShopContainer.unit]]) -> Shop:
    return uow

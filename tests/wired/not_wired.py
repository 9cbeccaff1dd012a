"""Markers that nobody replaces, unless this module is wired."""

from dependency_injector.wiring import Provide, inject

from wired.shop import Shop, ShopContainer

UOW: Shop = Provide[ShopContainer.unit]


@inject
def buy(uow: Shop = Provide[ShopContainer.unit]) -> Shop:
    return uow


def sell(uow: Shop = Provide["unit"]) -> Shop:
    return uow

"""Annotations that are texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from dependency_injector.wiring import Provide, inject

from wired.shop import Shop, ShopContainer

if TYPE_CHECKING:
    from decimal import Decimal


@inject
def buy(
    uow: Annotated[Shop, Provide[ShopContainer.unit]], price: Decimal, currency: str = Provide[ShopContainer.currency]
) -> Shop:
    return uow


class Cashier:
    def pay(self, price: Annotated[Decimal, Provide["currency"]]) -> Decimal:
        return price

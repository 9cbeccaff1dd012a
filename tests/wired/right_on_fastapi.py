"""An application of FastAPI as it should be."""

from typing import Annotated

from dependency_injector.wiring import Provide, inject
from fastapi import Depends, FastAPI

from wired.shop import Shop, ShopContainer

Unit = Annotated[Shop, Depends(Provide[ShopContainer.unit])]

app = FastAPI()
UNIT = Depends(Provide[ShopContainer.unit])


@app.get("/by-annotation")
@inject
def by_annotation(uow: Unit) -> str:
    return type(uow).__name__


@app.get("/by-default")
@inject
async def by_default(uow: Shop = UNIT) -> str:
    return type(uow).__name__

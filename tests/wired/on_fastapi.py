"""An application of FastAPI: one endpoint is as it should be, and two were kept by the framework unwired."""

from dependency_injector.wiring import Provide, inject
from fastapi import APIRouter, Depends, FastAPI

from wired.shop import Shop, ShopContainer

app = FastAPI()
UNIT = Depends(Provide[ShopContainer.unit])
router = APIRouter()


@router.get("/right")
@inject
async def right(uow: Shop = UNIT) -> str:
    return type(uow).__name__


@router.get("/forgotten", response_model=None)
async def forgotten(uow: Shop = UNIT) -> str:
    return type(uow).__name__


@inject
@router.get("/above", response_model=None)
async def above(uow: Shop = UNIT) -> str:
    return type(uow).__name__


app.include_router(router)

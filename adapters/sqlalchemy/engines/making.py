"""Making SQLAlchemy's engines, for drivers of both kinds."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine


def make_engine(url: URL, **arguments: Any) -> Engine:
    """An engine, which for a driver of asyncio works inside SQLAlchemy's greenlets alone.

    Raises:
        ModuleNotFoundError: the driver is not installed.
    """
    if url.get_dialect().is_async:
        from sqlalchemy.ext.asyncio import create_async_engine  # which needs what only asyncio needs

        return create_async_engine(url, **arguments).sync_engine
    return create_engine(url, **arguments)

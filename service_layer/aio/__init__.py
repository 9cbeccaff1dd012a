"""The same unit of work on asyncio: a facade that awaits what the one core does, and has no logic of its own."""

from unitofwork.service_layer.aio.declared import awaited as awaited
from unitofwork.service_layer.aio.message_bus import AsyncMessageBus as AsyncMessageBus
from unitofwork.service_layer.aio.repository import AsyncRepository as AsyncRepository
from unitofwork.service_layer.aio.stream import AsyncStream as AsyncStream
from unitofwork.service_layer.aio.unit_of_work import AsyncUnitOfWork as AsyncUnitOfWork

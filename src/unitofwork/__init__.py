"""Repository and unit of work for plain attrs classes: one service layer, whatever keeps its data.

Everything public is named here, and imported when it is first used: importing the package imports no adapter, and
neither SQLAlchemy nor dependency-injector.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unitofwork.adapters.memory import MemoryDatabase as MemoryDatabase
    from unitofwork.adapters.messages import MessageTypes as MessageTypes
    from unitofwork.adapters.messages import MsgspecCodec as MsgspecCodec
    from unitofwork.adapters.observers import LogUnits as LogUnits
    from unitofwork.adapters.observers import RecordingObserver as RecordingObserver
    from unitofwork.adapters.observers.opentelemetry import TraceUnits as TraceUnits
    from unitofwork.adapters.orm import MappingWarning as MappingWarning
    from unitofwork.adapters.orm import inbox_table as inbox_table
    from unitofwork.adapters.orm import map_entity as map_entity
    from unitofwork.adapters.orm import outbox_table as outbox_table
    from unitofwork.adapters.publishers import CallablePublisher as CallablePublisher
    from unitofwork.adapters.publishers import RecordingPublisher as RecordingPublisher
    from unitofwork.adapters.publishers.http import HttpPublisher as HttpPublisher
    from unitofwork.adapters.publishers.kombu import KombuPublisher as KombuPublisher
    from unitofwork.adapters.sqlalchemy import EngineOptions as EngineOptions
    from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase as SqlAlchemyDatabase
    from unitofwork.adapters.sqlalchemy import orm_session as orm_session
    from unitofwork.adapters.sqlalchemy.async_database import AsyncSqlAlchemyDatabase as AsyncSqlAlchemyDatabase
    from unitofwork.adapters.sqlalchemy.listening import PostgresNews as PostgresNews
    from unitofwork.domain.condition import ANYTHING as ANYTHING
    from unitofwork.domain.condition import Condition as Condition
    from unitofwork.domain.entity import EntityState as EntityState
    from unitofwork.domain.entity import entity as entity
    from unitofwork.domain.entity import value as value
    from unitofwork.domain.in_doubt import InDoubt as InDoubt
    from unitofwork.domain.isolation import Isolation as Isolation
    from unitofwork.domain.lock import FOR_SHARE as FOR_SHARE
    from unitofwork.domain.lock import FOR_UPDATE as FOR_UPDATE
    from unitofwork.domain.lock import Lock as Lock
    from unitofwork.domain.messages import Command as Command
    from unitofwork.domain.messages import Event as Event
    from unitofwork.domain.messages import EventWarning as EventWarning
    from unitofwork.domain.messages import record as record
    from unitofwork.domain.observation import Changes as Changes
    from unitofwork.domain.observation import Flushed as Flushed
    from unitofwork.domain.observation import Place as Place
    from unitofwork.domain.observation import Statement as Statement
    from unitofwork.domain.observation import Step as Step
    from unitofwork.domain.observation import StepKind as StepKind
    from unitofwork.domain.observation import UnitBegun as UnitBegun
    from unitofwork.domain.observation import UnitOutcome as UnitOutcome
    from unitofwork.domain.observation import UnitRecord as UnitRecord
    from unitofwork.domain.observing import Observer as Observer
    from unitofwork.domain.outbox import Envelope as Envelope
    from unitofwork.domain.outbox import MessageState as MessageState
    from unitofwork.domain.outbox import OutboxBucket as OutboxBucket
    from unitofwork.domain.outbox import OutboxMessage as OutboxMessage
    from unitofwork.domain.outbox import ProcessedMessage as ProcessedMessage
    from unitofwork.domain.outcome import Outcome as Outcome
    from unitofwork.domain.page import Page as Page
    from unitofwork.domain.ports import AsyncDatabase as AsyncDatabase
    from unitofwork.domain.ports import Codec as Codec
    from unitofwork.domain.ports import Database as Database
    from unitofwork.domain.ports import Publisher as Publisher
    from unitofwork.domain.ports import Session as Session
    from unitofwork.domain.query import Order as Order
    from unitofwork.domain.query import Query as Query
    from unitofwork.domain.specification import where as where
    from unitofwork.entrypoints.trace import Tracing as Tracing
    from unitofwork.entrypoints.trace import tracing as tracing
    from unitofwork.service_layer.aio import AsyncMessageBus as AsyncMessageBus
    from unitofwork.service_layer.aio import AsyncRepository as AsyncRepository
    from unitofwork.service_layer.aio import AsyncStream as AsyncStream
    from unitofwork.service_layer.aio import AsyncUnitOfWork as AsyncUnitOfWork
    from unitofwork.service_layer.aio import awaited as awaited
    from unitofwork.service_layer.declared_repository import repository as repository
    from unitofwork.service_layer.handlers import Handlers as Handlers
    from unitofwork.service_layer.handlers import OnError as OnError
    from unitofwork.service_layer.inbox import Inbox as Inbox
    from unitofwork.service_layer.message_bus import MessageBus as MessageBus
    from unitofwork.service_layer.observing import observe as observe
    from unitofwork.service_layer.outbox import Outbox as Outbox
    from unitofwork.service_layer.registry import UnitRegistry as UnitRegistry
    from unitofwork.service_layer.relay import BackOff as BackOff
    from unitofwork.service_layer.relay import Relay as Relay
    from unitofwork.service_layer.repository import Repository as Repository
    from unitofwork.service_layer.retrying import Retrying as Retrying
    from unitofwork.service_layer.retrying import run as run
    from unitofwork.service_layer.retrying import run_async as run_async
    from unitofwork.service_layer.streams import Stream as Stream
    from unitofwork.service_layer.unit_of_work import UnitOfWork as UnitOfWork

_HOME = {
    "ANYTHING": "domain.condition",
    "FOR_SHARE": "domain.lock",
    "FOR_UPDATE": "domain.lock",
    "AsyncDatabase": "domain.ports",
    "AsyncMessageBus": "service_layer.aio",
    "AsyncRepository": "service_layer.aio",
    "AsyncSqlAlchemyDatabase": "adapters.sqlalchemy.async_database",
    "AsyncStream": "service_layer.aio",
    "AsyncUnitOfWork": "service_layer.aio",
    "BackOff": "service_layer.relay",
    "CallablePublisher": "adapters.publishers",
    "Changes": "domain.observation",
    "Codec": "domain.ports",
    "Command": "domain.messages",
    "Condition": "domain.condition",
    "Database": "domain.ports",
    "EngineOptions": "adapters.sqlalchemy",
    "EntityState": "domain.entity",
    "Envelope": "domain.outbox",
    "Event": "domain.messages",
    "EventWarning": "domain.messages",
    "Flushed": "domain.observation",
    "Handlers": "service_layer.handlers",
    "HttpPublisher": "adapters.publishers.http",
    "InDoubt": "domain.in_doubt",
    "Inbox": "service_layer.inbox",
    "Isolation": "domain.isolation",
    "KombuPublisher": "adapters.publishers.kombu",
    "Lock": "domain.lock",
    "LogUnits": "adapters.observers",
    "MappingWarning": "adapters.orm",
    "MemoryDatabase": "adapters.memory",
    "MessageBus": "service_layer.message_bus",
    "MessageState": "domain.outbox",
    "MessageTypes": "adapters.messages",
    "MsgspecCodec": "adapters.messages",
    "Observer": "domain.observing",
    "OnError": "service_layer.handlers",
    "Order": "domain.query",
    "Outbox": "service_layer.outbox",
    "OutboxBucket": "domain.outbox",
    "OutboxMessage": "domain.outbox",
    "Outcome": "domain.outcome",
    "Page": "domain.page",
    "Place": "domain.observation",
    "PostgresNews": "adapters.sqlalchemy.listening",
    "ProcessedMessage": "domain.outbox",
    "Publisher": "domain.ports",
    "Query": "domain.query",
    "RecordingObserver": "adapters.observers",
    "RecordingPublisher": "adapters.publishers",
    "Relay": "service_layer.relay",
    "Repository": "service_layer.repository",
    "Retrying": "service_layer.retrying",
    "Session": "domain.ports",
    "SqlAlchemyDatabase": "adapters.sqlalchemy",
    "Statement": "domain.observation",
    "Step": "domain.observation",
    "StepKind": "domain.observation",
    "Stream": "service_layer.streams",
    "TraceUnits": "adapters.observers.opentelemetry",
    "Tracing": "entrypoints.trace",
    "UnitBegun": "domain.observation",
    "UnitOfWork": "service_layer.unit_of_work",
    "UnitOutcome": "domain.observation",
    "UnitRecord": "domain.observation",
    "UnitRegistry": "service_layer.registry",
    "awaited": "service_layer.aio",
    "entity": "domain.entity",
    "inbox_table": "adapters.orm",
    "map_entity": "adapters.orm",
    "observe": "service_layer.observing",
    "orm_session": "adapters.sqlalchemy",
    "outbox_table": "adapters.orm",
    "record": "domain.messages",
    "repository": "service_layer.declared_repository",
    "run": "service_layer.retrying",
    "run_async": "service_layer.retrying",
    "tracing": "entrypoints.trace",
    "value": "domain.entity",
    "where": "domain.specification",
}
"""For each public name the module that defines it; the errors are in ``unitofwork.domain.errors``."""

__all__ = [  # defined by __getattr__
    "ANYTHING",
    "FOR_SHARE",
    "FOR_UPDATE",
    "AsyncDatabase",
    "AsyncMessageBus",
    "AsyncRepository",
    "AsyncSqlAlchemyDatabase",
    "AsyncStream",
    "AsyncUnitOfWork",
    "BackOff",
    "CallablePublisher",
    "Changes",
    "Codec",
    "Command",
    "Condition",
    "Database",
    "EngineOptions",
    "EntityState",
    "Envelope",
    "Event",
    "EventWarning",
    "Flushed",
    "Handlers",
    "HttpPublisher",
    "InDoubt",
    "Inbox",
    "Isolation",
    "KombuPublisher",
    "Lock",
    "LogUnits",
    "MappingWarning",
    "MemoryDatabase",
    "MessageBus",
    "MessageState",
    "MessageTypes",
    "MsgspecCodec",
    "Observer",
    "OnError",
    "Order",
    "Outbox",
    "OutboxBucket",
    "OutboxMessage",
    "Outcome",
    "Page",
    "Place",
    "PostgresNews",
    "ProcessedMessage",
    "Publisher",
    "Query",
    "RecordingObserver",
    "RecordingPublisher",
    "Relay",
    "Repository",
    "Retrying",
    "Session",
    "SqlAlchemyDatabase",
    "Statement",
    "Step",
    "StepKind",
    "Stream",
    "TraceUnits",
    "Tracing",
    "UnitBegun",
    "UnitOfWork",
    "UnitOutcome",
    "UnitRecord",
    "UnitRegistry",
    "awaited",
    "entity",
    "inbox_table",
    "map_entity",
    "observe",
    "orm_session",
    "outbox_table",
    "record",
    "repository",
    "run",
    "run_async",
    "tracing",
    "value",
    "where",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

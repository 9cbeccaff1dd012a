"""Each unit of work is a span of OpenTelemetry's, inside the application's own."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode, Tracer

from unit.adapters.observers.application import Accounts, AsyncAccounts, User
from unitofwork import MemoryDatabase, observe
from unitofwork.adapters.observers.opentelemetry import TraceUnits
from unitofwork.domain.errors import UniqueViolation


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exported: InMemorySpanExporter) -> Iterator[Tracer]:
    """The application's own, while its units of work are traced."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    with observe(TraceUnits(provider)):
        yield provider.get_tracer("application")
    provider.shutdown()


def of_units(exported: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in exported.get_finished_spans() if span.name == "Accounts"]


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


@pytest.mark.usefixtures("tracer")
def test_a_unit_is_a_span_with_an_event_for_each_step(database: MemoryDatabase, exported: InMemorySpanExporter) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    (span,) = of_units(exported)
    told = attributes(span)
    assert (told["unitofwork.outcome"], told["unitofwork.statements"]) == ("committed", 1)
    assert (told["db.system.name"], told["code.file.path"]) == ("memory", __file__)
    assert "error.type" not in told
    assert span.status.status_code is StatusCode.UNSET
    assert [event.name for event in span.events] == ["add", "commit", "close"]
    commit = dict(span.events[1].attributes or {})
    assert commit["db.query.text"] == "INSERT INTO users (name) VALUES (?)"
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.start_time <= span.events[0].timestamp <= span.events[1].timestamp <= span.end_time


@pytest.mark.usefixtures("tracer")
def test_a_unit_that_fails_is_an_error(database: MemoryDatabase, exported: InMemorySpanExporter) -> None:
    with pytest.raises(UniqueViolation), Accounts(database) as uow:
        uow.users.add_all([User("sandy"), User("sandy")])
        uow.commit()
    (span,) = of_units(exported)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "failed")
    assert attributes(span)["error.type"] == "UniqueViolation"
    assert attributes(span)["unitofwork.left.new"] == 2
    assert "sandy" not in span.to_json()


@pytest.mark.usefixtures("tracer")
def test_a_unit_that_is_never_closed_is_an_error(database: MemoryDatabase, exported: InMemorySpanExporter) -> None:
    uow = Accounts(database).begin()
    with pytest.warns(ResourceWarning):
        del uow
    assert of_units(exported)[0].status.description == "never closed"


def test_a_unit_is_inside_the_span_that_is_current(
    database: MemoryDatabase, exported: InMemorySpanExporter, tracer: Tracer
) -> None:
    with tracer.start_as_current_span("request") as request, Accounts(database) as uow:
        uow.users.count()
    (span,) = of_units(exported)
    assert parent_of(span) == request.get_span_context().span_id


def test_each_task_has_its_own(database: MemoryDatabase, exported: InMemorySpanExporter, tracer: Tracer) -> None:
    requests: set[int] = set()

    async def serve() -> None:
        with tracer.start_as_current_span("request") as request:
            requests.add(request.get_span_context().span_id)
            async with AsyncAccounts(database) as uow:
                await uow.users.count()

    async def twice() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(serve())
            group.create_task(serve())

    asyncio.run(twice())
    assert {parent_of(span) for span in of_units(exported)} == requests
    assert len(requests) == 2


@pytest.mark.usefixtures("tracer")
def test_a_unit_may_end_in_another_thread(database: MemoryDatabase, exported: InMemorySpanExporter) -> None:
    uow = Accounts(database).begin()
    closing = threading.Thread(target=uow.close)
    closing.start()
    closing.join(20)
    assert len(of_units(exported)) == 1


def test_what_is_not_sampled_is_not_described(database: MemoryDatabase) -> None:
    with observe(TraceUnits(TracerProvider(sampler=ALWAYS_OFF))), Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    with Accounts(database) as uow:
        assert uow.users.count() == 1

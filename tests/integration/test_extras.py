"""What an extra installs is needed by nothing else, and asked for by its name."""

from pathlib import Path

from processes import printed

PROGRAM = Path(__file__).parent / "without_extras.py"


def test_a_plain_installation_keeps_entities_in_sqlite_and_in_the_twin() -> None:
    assert printed(PROGRAM.read_text(encoding="utf-8")) == [
        "2",
        "2",
        "postgresql needs psycopg, which is not installed: pip install unitofwork[postgresql]",
        "mariadb needs pymysql, which is not installed: pip install unitofwork[mariadb]",
        "messages need msgspec, which is not installed: pip install unitofwork[messages]",
        "asyncio needs greenlet, which is not installed: pip install unitofwork[asyncio]",
        "TraceUnits needs OpenTelemetry, which is not installed: pip install unitofwork[opentelemetry]",
    ]


def test_a_publisher_whose_extra_is_missing_asks_for_it() -> None:
    program = """
import sys
for extra in ("httpx", "kombu"):
    sys.modules[extra] = None
import unitofwork
unitofwork.RecordingPublisher
for publisher in ("HttpPublisher", "KombuPublisher"):
    try:
        getattr(unitofwork, publisher)
    except ImportError as error:
        print(error)
"""
    assert printed(program) == [
        "HttpPublisher needs httpx, which is not installed: pip install unitofwork[http]",
        "KombuPublisher needs kombu, which is not installed: pip install unitofwork[kombu]",
    ]


def test_a_web_framework_that_is_missing_is_asked_for() -> None:
    program = """
import sys
for framework in ("fastapi", "starlette", "flask"):
    sys.modules[framework] = None
from importlib import import_module
for framework in ("fastapi", "starlette", "flask"):
    try:
        import_module(f"unitofwork.entrypoints.{framework}")
    except ImportError as error:
        print(error)
"""
    assert printed(program) == [
        f"units of work for {name} need it installed: pip install unitofwork[{name.lower()}]"
        for name in ("FastAPI", "Starlette", "Flask")
    ]


def test_a_driver_for_asyncio_that_is_missing_is_asked_for() -> None:
    program = """
import sys
for driver in ("aiomysql", "aiosqlite", "asyncpg"):
    sys.modules[driver] = None
from sqlalchemy.orm import registry
from unitofwork import AsyncSqlAlchemyDatabase
for url in ("sqlite://", "postgresql+asyncpg://localhost/accounts", "mariadb://localhost/accounts"):
    try:
        AsyncSqlAlchemyDatabase(url, registry())
    except ValueError as error:
        print(str(error).rpartition(": ")[2])
"""
    assert printed(program) == [f"pip install unitofwork[{extra}]" for extra in ("asyncio", "asyncpg", "aiomysql")]


def test_psycopg_without_libpq_is_as_good_as_none() -> None:
    program = """
import sys
sys.modules["psycopg_c"] = sys.modules["psycopg_binary"] = None
import ctypes.util
ctypes.util.find_library = lambda name: None
from sqlalchemy.orm import registry
from unitofwork import SqlAlchemyDatabase
try:
    SqlAlchemyDatabase("postgresql://localhost/accounts", registry())
except ValueError as error:
    print(error)
"""
    assert printed(program) == ["postgresql needs psycopg, which is not installed: pip install unitofwork[postgresql]"]

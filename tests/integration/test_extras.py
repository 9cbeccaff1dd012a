"""What an extra installs is needed by nothing else, and asked for by its name."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parent / "without_extras.py"


def test_a_plain_installation_keeps_entities_in_sqlite_and_in_the_twin() -> None:
    done = subprocess.run([sys.executable, str(PROGRAM)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (
        [
            "2",
            "2",
            "postgresql needs psycopg, which is not installed: pip install unitofwork[postgresql]",
            "mariadb needs pymysql, which is not installed: pip install unitofwork[mariadb]",
            "messages need msgspec, which is not installed: pip install unitofwork[messages]",
            "asyncio needs greenlet, which is not installed: pip install unitofwork[asyncio]",
            "TraceUnits needs OpenTelemetry, which is not installed: pip install unitofwork[opentelemetry]",
        ],
        "",
    )


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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (
        [
            "HttpPublisher needs httpx, which is not installed: pip install unitofwork[http]",
            "KombuPublisher needs kombu, which is not installed: pip install unitofwork[kombu]",
        ],
        "",
    )


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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (
        [
            f"units of work for {name} need it installed: pip install unitofwork[{name.lower()}]"
            for name in ("FastAPI", "Starlette", "Flask")
        ],
        "",
    )


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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split("\n"), done.stderr) == (
        [f"pip install unitofwork[{extra}]" for extra in ("asyncio", "asyncpg", "aiomysql")] + [""],
        "",
    )


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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (
        "postgresql needs psycopg, which is not installed: pip install unitofwork[postgresql]\n",
        "",
    )

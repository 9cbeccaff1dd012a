"""Several workers of xdist side by side: each has databases of its own."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, create_engine, text

TESTS = Path(__file__).parents[2]
SUITE = """
import pytest
from contract.model import User

@pytest.mark.uow(databases=["memory", "sqlite", "postgresql"], commits=True)
@pytest.mark.parametrize("time", range(2))
def test_it(uow_factory, time):
    with uow_factory() as uow:
        assert uow.users.count() == 0
        uow.users.add(User("sandy"))
        uow.commit()
        assert uow.users.count() == 1
"""
INI = "[pytest]\nuow_registry = contract.model:mapping\nuow_unit = contract.model:Accounts\n"


def test_workers_do_not_meet(tmp_path: Path, postgresql_url: URL) -> None:
    (tmp_path / "test_it.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text(INI)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": "unitofwork.entrypoints.pytest_plugin,xdist.plugin",
        "UNITOFWORK_POSTGRESQL_URL": postgresql_url.render_as_string(hide_password=False),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    engine = create_engine(postgresql_url)
    with engine.connect() as connection:
        left = connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'unitofwork%'")).all()
    engine.dispose()
    assert left == []

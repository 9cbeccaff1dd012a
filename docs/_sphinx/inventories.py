"""Where other libraries document what our signatures and pages name: inventories for intersphinx that need no network.

Python writes some names by the module that defines them, though they are documented where they are imported from: so
a name is followed by its public one where the two differ.
"""

import zlib
from pathlib import Path

_COLLECTIONS = (
    *("AsyncIterator", "Awaitable", "Callable", "Collection", "Generator"),
    *("Iterable", "Iterator", "Mapping", "Sequence"),
)
_PYTHON = {
    "library/collections.abc.html": [f"collections.abc.{name}" for name in _COLLECTIONS],
    "library/contextlib.html": ["contextlib.AbstractContextManager"],
    "library/datetime.html": ["datetime.datetime", "datetime.timedelta"],
    "library/enum.html": ["enum.Enum"],
    "library/os.html": ["os.PathLike"],
    "library/pathlib.html": ["pathlib.Path"],
    "library/time.html": ["time.perf_counter"],
    "library/uuid.html": ["uuid.UUID"],
}
_SQLALCHEMY = {
    "core/connections.html": [
        "sqlalchemy.engine.base.Connection sqlalchemy.engine.Connection",
        "sqlalchemy.engine.base.Engine sqlalchemy.engine.Engine",
    ],
    "core/engines.html": ["sqlalchemy.engine.url.URL sqlalchemy.engine.URL"],
    "core/metadata.html": [
        f"sqlalchemy.sql.schema.{name} sqlalchemy.schema.{name}" for name in ("Column", "MetaData", "Table")
    ],
    "core/selectable.html": ["sqlalchemy.sql.selectable.FromClause sqlalchemy.sql.expression.FromClause"],
    "core/sqlelement.html": ["sqlalchemy.sql.elements.ColumnElement sqlalchemy.sql.expression.ColumnElement"],
    "orm/extensions/asyncio.html": [
        f"sqlalchemy.ext.asyncio.engine.{name} sqlalchemy.ext.asyncio.{name}"
        for name in ("AsyncConnection", "AsyncEngine")
    ],
    "orm/internals.html": ["sqlalchemy.orm.interfaces.MapperProperty sqlalchemy.orm.MapperProperty"],
    "orm/mapping_api.html": [
        "sqlalchemy.orm.Mapper",
        "sqlalchemy.orm.decl_api.registry sqlalchemy.orm.registry",
        "sqlalchemy.orm.mapper.Mapper sqlalchemy.orm.Mapper",
    ],
    "orm/session_api.html": ["sqlalchemy.orm.session.Session sqlalchemy.orm.Session"],
}

_OPENTELEMETRY = {"api/trace.html": ["opentelemetry.trace.TracerProvider"]}
_DEPENDENCY_INJECTOR = {
    "api/providers.html": [f"dependency_injector.providers.{name}" for name in ("Configuration", "Provider")],
}

_LIBRARIES = {
    "python": ("https://docs.python.org/3/", _PYTHON),
    "sqlalchemy": ("https://docs.sqlalchemy.org/en/21/", _SQLALCHEMY),
    "dependency-injector": ("https://python-dependency-injector.ets-labs.org/", _DEPENDENCY_INJECTOR),
    "opentelemetry": ("https://opentelemetry-python.readthedocs.io/en/latest/", _OPENTELEMETRY),
}


def written(folder: Path) -> dict[str, tuple[str, str]]:
    """Write the inventories into a folder, and return what ``intersphinx_mapping`` has to be."""
    folder.mkdir(parents=True, exist_ok=True)
    for library, (_, pages) in _LIBRARIES.items():
        lines = [_line(page, name) for page, names in pages.items() for name in names]
        header = f"# Sphinx inventory version 2\n# Project: {library}\n# Version: \n# compressed by zlib\n"
        (folder / f"{library}.inv").write_bytes(header.encode() + zlib.compress("".join(lines).encode()))
    return {library: (url, str(folder / f"{library}.inv")) for library, (url, _) in _LIBRARIES.items()}


def _line(page: str, name: str) -> str:
    written, _, public = name.partition(" ")
    return f"{written} py:class 1 {page}#{public or written} -\n"

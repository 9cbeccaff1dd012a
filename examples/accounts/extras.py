"""What the library does without, and this application does not."""

import sys
from importlib.util import find_spec


def require_extras() -> None:
    """End the program with one line if an optional dependency is missing."""
    missing = [name for name in ("click", "fastapi", "msgspec", "rich", "uvicorn") if find_spec(name) is None]
    if missing:
        sys.exit(f"accounts needs {', '.join(missing)}: install unitofwork[accounts]")

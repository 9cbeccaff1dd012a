"""Who called: the place in the application, and the thread or task."""

import sys
import threading
from types import FrameType
from typing import Any

from unitofwork.service_layer.exclusive_use import running_task

_PASSED_OVER = ("unitofwork.", "sqlalchemy.", "contextlib", "functools", "asyncio.")
"""Whose frames are not the application's: an ExitStack enters units for others, a cached_property makes for others."""


def caller() -> tuple[str, int]:
    """The file and the line of the nearest frame outside of this library, for a function that the library calls."""
    get = sys._getframe  # pyright: ignore[reportPrivateUsage]  # documented, whatever its name says
    try:
        frame = get(3)
    except ValueError:  # a greenlet begins with the library's own function
        frame = get(2)
    while frame.f_globals.get("__name__", "").startswith(_PASSED_OVER):
        before = frame.f_back or _awaiting()
        if before is None or before is frame:
            break
        frame = before
    return frame.f_code.co_filename, frame.f_lineno


def _awaiting() -> FrameType | None:
    """The frame that waits for the greenlet that is running, in which an operation on asyncio begins afresh."""
    greenlets: Any = sys.modules.get("greenlet")
    parent = None if greenlets is None else greenlets.getcurrent().parent
    return None if parent is None else parent.gr_frame


def worker() -> str:
    """The name of the task of asyncio that is running, or of the thread."""
    task: Any = running_task()
    return threading.current_thread().name if task is None else task.get_name()

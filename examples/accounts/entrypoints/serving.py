"""Serving the web application: until somebody interrupts it, or for the length of a block."""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from fastapi import FastAPI


def serve(app: FastAPI, host: str, port: int, tell: Callable[[str], object]) -> None:
    """Serve an application until the process is told to end; requests that are under way are answered first.

    Args:
        app: the application.
        host: the name or number of an interface of this machine.
        port: its port, or 0 for any that is free.
        tell: is told where it is served, once requests can come.
    """
    with _listening(host, port) as listening:
        number = listening.getsockname()[1]
        tell(f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}")
        _server(app).run([listening])


@contextmanager
def served(app: FastAPI) -> Generator[int]:
    """Serve an application on a free port of this machine, and give the block its number."""
    server = _server(app)
    with _listening("127.0.0.1", 0) as listening:
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _listening(host: str, port: int) -> socket.socket:
    """A socket to which requests can come, and wait there until the server takes them."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def _server(app: FastAPI) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))

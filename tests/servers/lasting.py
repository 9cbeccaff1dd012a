"""A server that is started again whenever it dies, on what it kept, as a supervisor of services does."""

import signal

import attrs

from servers.private import Kind, Place

_SUPERVISE = (
    'trap "kill -QUIT \\$child; wait \\$child; exit" TERM; while :; do "$@" & child=$!; wait $child; sleep 0.05; done'
)


def lasting(kind: Kind) -> Kind:
    """The same kind of server, under a supervisor that is told to end by SIGTERM, and the server by SIGQUIT."""

    def prepare(place: Place) -> list[list[str]]:
        *first, server = kind.prepare(place)
        return [*first, ["sh", "-c", _SUPERVISE, "sh", *server]]

    return attrs.evolve(kind, prepare=prepare, stop=signal.SIGTERM)

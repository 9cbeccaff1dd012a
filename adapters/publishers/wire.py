"""A message as JSON on its way to another process; the same by whichever publisher.

::

    {"id": "…", "aggregate": "User:42", "name": "user-registered", "version": 2,
     "recorded_at": "2026-03-04T05:06:07+00:00", "payload": {"id": 42, "name": "sandy"}}
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from unitofwork.domain.errors import InvalidMessage
from unitofwork.domain.outbox import Encoded, Envelope


def to_json(message: Envelope) -> str:
    """The message as JSON, with its payload as it was written."""
    content = message.content
    around = {
        "id": str(message.id),
        "aggregate": message.aggregate,
        "name": content.name,
        "version": content.version,
        "recorded_at": message.recorded_at.isoformat(),
    }
    return f'{json.dumps(around, ensure_ascii=False)[:-1]}, "payload": {content.payload}}}'


def from_json(text: str | bytes) -> Envelope:
    """The message that a publisher handed on, for who receives it.

    ::

        message = from_json(request.body)
        bus.publish(codec.decode(message.content))

    Raises:
        InvalidMessage: the text is no message.
    """
    try:
        held: dict[str, Any] = json.loads(text)
        payload = json.dumps(held["payload"], ensure_ascii=False, separators=(",", ":"))
        content = Encoded(str(held["name"]), int(held["version"]), payload)
        recorded_at = datetime.fromisoformat(held["recorded_at"])
        return Envelope(UUID(held["id"]), str(held["aggregate"]), content, recorded_at)
    except Exception as error:
        raise InvalidMessage(
            "what was received is no message: it needs id, aggregate, name, version, recorded_at and payload"
        ) from error

"""A message to publish."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from unitofwork import Envelope
from unitofwork.domain.outbox import Encoded


@pytest.fixture
def message() -> Envelope:
    content = Encoded("user.registered", 2, '{"id":42,"name":"größe \\u0000 \\" €"}')
    return Envelope(UUID(int=7), "User:42,ö", content, datetime(2026, 3, 4, 5, 6, 7, 8, UTC))

"""Messages as text: which events have a name, and how they are written and read."""

try:
    import msgspec as msgspec
except ImportError as missing:
    raise ImportError("messages need msgspec, which is not installed: pip install unitofwork[messages]") from missing

from unitofwork.adapters.messages.codec import MsgspecCodec
from unitofwork.adapters.messages.types import MessageTypes

__all__ = ["MessageTypes", "MsgspecCodec"]

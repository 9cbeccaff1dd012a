"""How the twin keeps the values of columns: each type's rules are PostgreSQL's."""

from unitofwork.adapters.memory.values.codec import Codec
from unitofwork.adapters.memory.values.columns import codec_of

__all__ = ["Codec", "codec_of"]

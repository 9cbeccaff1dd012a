"""How the twin keeps the values of columns: each type's rules are PostgreSQL's."""

from unitofwork.adapters.memory.values.codec import DIALECT, Codec
from unitofwork.adapters.memory.values.columns import codec_of

__all__ = ["DIALECT", "Codec", "codec_of"]

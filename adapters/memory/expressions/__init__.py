"""SQL expressions, of SQLAlchemy's or as text, compiled to Python that evaluates them as PostgreSQL does."""

from unitofwork.adapters.memory.expressions.compiling import Expression, compile_expression, kind_of
from unitofwork.adapters.memory.expressions.kinds import Kind
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate

__all__ = ["CannotEvaluate", "Expression", "Kind", "compile_expression", "kind_of"]

"""One HTML page that shows what each unit of work did, and what is to be said of it."""

from unitofwork.entrypoints.trace.tracing import Tracing as Tracing
from unitofwork.entrypoints.trace.tracing import tracing as tracing

"""Observers of units of work: one that keeps what it is told, and one for the standard log."""

from unitofwork.adapters.observers.logging import LogUnits as LogUnits
from unitofwork.adapters.observers.recording import RecordingObserver as RecordingObserver

"""Publishers: where a relay hands messages to.

Those that need an extra are in modules of their own: `http.HttpPublisher` and `kombu.KombuPublisher`.
"""

from unitofwork.adapters.publishers.calling import CallablePublisher
from unitofwork.adapters.publishers.recording import RecordingPublisher
from unitofwork.adapters.publishers.wire import from_json, to_json

__all__ = ["CallablePublisher", "RecordingPublisher", "from_json", "to_json"]

"""The relay: publishes what waits in the outbox."""

from unitofwork.service_layer.relay.back_off import BackOff
from unitofwork.service_layer.relay.relay import Relay

__all__ = ["BackOff", "Relay"]

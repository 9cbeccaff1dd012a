"""Observation: units of work are recorded while somebody observes them, and cost nothing more while nobody does."""

from unitofwork.service_layer.observing.observed_session import observed as observed
from unitofwork.service_layer.observing.observers import OBSERVERS as OBSERVERS
from unitofwork.service_layer.observing.observers import observe as observe
from unitofwork.service_layer.observing.recorder import Recorder as Recorder

"""The API as a service of its own: one part, one app."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from playground_api.part import api_part
from playground_api.settings import ApiSettings
from playground_http.composition import compose
from playground_http.settings import DoorSettings


def create_app(settings: ApiSettings, door: DoorSettings) -> FastAPI:
    """The app, ready to be served."""
    registry = CollectorRegistry()
    return compose([api_part(settings, registry)], door, registry, title="Chat Playground")

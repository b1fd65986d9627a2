"""The chat backend as an app of its own, as containers run it."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from playground.settings import StoreSettings
from playground_chat.backend.part import chat_part
from playground_chat.backend.settings import ChatSettings
from playground_http.composition import compose
from playground_http.settings import DoorSettings


def create_app(settings: ChatSettings, store: StoreSettings, door: DoorSettings) -> FastAPI:
    """The chat backend alone."""
    registry = CollectorRegistry()
    part = chat_part(settings, store, registry)
    return compose([part], door, registry, title="Chat Playground: chat backend")

"""The MCP gateway as a service of its own: one part, one app."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from playground.settings import StoreSettings
from playground_gateway.part import gateway_part
from playground_gateway.settings import GatewaySettings
from playground_http.composition import compose
from playground_http.settings import DoorSettings


def create_app(settings: GatewaySettings, store: StoreSettings, door: DoorSettings) -> FastAPI:
    """The gateway alone."""
    registry = CollectorRegistry()
    part = gateway_part(settings, store, registry)
    return compose([part], door, registry, title="Chat Playground: MCP gateway")

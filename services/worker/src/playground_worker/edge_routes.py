"""The edge's routes to pages: /s/<slot>/ at the public address, told to Traefik by Redis."""

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Handle


class EdgeRoutes:
    """One route for each slot. It belongs to the slot, so a claim changes none.

    *refused* are the networks, comma-separated, from which no page may be opened: those of the
    pages themselves. Where there is no edge, nothing is written. May raise redis-py's errors.
    """

    def __init__(self, redis: Redis, keys: Keys, *, enabled: bool, refused: str = "") -> None:
        self._redis = redis
        self._keys = keys
        self._enabled = enabled
        self._refused = [one.strip() for one in refused.split(",") if one.strip()]

    async def open(self, handle: Handle, *, app: bool = False) -> None:
        """Let the edge serve the page; the edge knows it within a fraction of a second.

        People come to an app by the gateway: the route to its page is the gateway's, and its server
        is asked by its own address, which it knows itself by.
        """
        if not self._enabled:
            return
        slot = handle.slot
        prefix = f"/s/{slot}"
        rule = [f"PathPrefix(`{prefix}/`)", *(f"!ClientIP(`{one}`)" for one in self._refused)]
        server = f"http://{handle.data['host']}:{handle.data['port']}"
        await self._redis.mset(
            {
                self._router(slot, "rule"): " && ".join(rule),
                self._router(slot, "entryPoints", "0"): "apps" if app else "web",
                self._router(slot, "service"): slot,
                self._router(slot, "middlewares", "0"): slot,
                self._strip(slot): prefix,
                self._server(slot): server,
                self._host_passed(slot): "false" if app else "true",
            }
        )

    async def close(self, slot: str) -> None:
        """Forget the route of a slot."""
        if not self._enabled:
            return
        router = [("rule",), ("entryPoints", "0"), ("service",), ("middlewares", "0")]
        served = [self._strip(slot), self._server(slot), self._host_passed(slot)]
        await self._redis.delete(*(self._router(slot, *path) for path in router), *served)

    def _router(self, slot: str, *path: str) -> str:
        return self._keys.edge("http", "routers", slot, *path)

    def _strip(self, slot: str) -> str:
        return self._keys.edge("http", "middlewares", slot, "stripPrefix", "prefixes", "0")

    def _server(self, slot: str) -> str:
        return self._keys.edge("http", "services", slot, "loadBalancer", "servers", "0", "url")

    def _host_passed(self, slot: str) -> str:
        return self._keys.edge("http", "services", slot, "loadBalancer", "passHostHeader")

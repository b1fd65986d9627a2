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

    async def open(
        self, handle: Handle, *, app: bool = False, mcp_server_port: int | None = None
    ) -> None:
        """Let the edge serve the page; the edge knows it within a fraction of a second.

        People come to an app by the gateway: the route to its page is the gateway's, and its server
        is asked by its own address, which it knows itself by. The gateway's is also the one to an
        MCP server that listens beside the page; that is asked by the name the gateway chooses.
        """
        if not self._enabled:
            return
        slot, host = handle.slot, handle.data["host"]
        page = f"http://{host}:{handle.data['port']}"
        routes = self._route(slot, f"/s/{slot}", "apps" if app else "web", page)
        routes[self._host_passed(slot)] = "false" if app else "true"
        if mcp_server_port is not None:
            server = f"http://{host}:{mcp_server_port}"
            routes |= self._route(_beside(slot), f"/m/{slot}", "apps", server)
        await self._redis.mset(routes)

    async def close(self, slot: str) -> None:
        """Forget the routes of a slot."""
        if not self._enabled:
            return
        await self._redis.delete(
            *self._route(slot, "", "", ""), *self._route(_beside(slot), "", "", "")
        )

    def _route(self, name: str, prefix: str, entry_point: str, server: str) -> dict[str, str]:
        """What the edge is told of one route."""
        rule = [f"PathPrefix(`{prefix}/`)", *(f"!ClientIP(`{one}`)" for one in self._refused)]
        return {
            self._router(name, "rule"): " && ".join(rule),
            self._router(name, "entryPoints", "0"): entry_point,
            self._router(name, "service"): name,
            self._router(name, "middlewares", "0"): name,
            self._strip(name): prefix,
            self._server(name): server,
            self._host_passed(name): "true",
        }

    def _router(self, slot: str, *path: str) -> str:
        return self._keys.edge("http", "routers", slot, *path)

    def _strip(self, slot: str) -> str:
        return self._keys.edge("http", "middlewares", slot, "stripPrefix", "prefixes", "0")

    def _server(self, slot: str) -> str:
        return self._keys.edge("http", "services", slot, "loadBalancer", "servers", "0", "url")

    def _host_passed(self, slot: str) -> str:
        return self._keys.edge("http", "services", slot, "loadBalancer", "passHostHeader")


def _beside(slot: str) -> str:
    return f"{slot}-mcp"

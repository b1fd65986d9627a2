"""Everything between the first look at the dashboard and an open page, put together."""

from fastapi import APIRouter

from playground_api.dashboard.home import Home, home_router
from playground_api.dashboard.launch_routes import launch_router
from playground_api.dashboard.launching import Launching
from playground_api.dashboard.pages import Pages
from playground_api.dashboard.preferences import preferences_router
from playground_api.dashboard.waiting_routes import waiting_router


def front_routers(pages: Pages) -> list[APIRouter]:
    """The front page, the forms that launch, the wait for a page, and how pages are to open."""
    launching = Launching(pages.control, pages.workers_alive)
    return [
        home_router(Home(pages)),
        launch_router(launching),
        waiting_router(launching),
        preferences_router(),
    ]

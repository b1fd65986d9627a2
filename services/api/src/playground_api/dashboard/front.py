"""What stands at the dashboard's door, put together: all up to an open page, and how it does."""

from fastapi import APIRouter

from playground_api.dashboard.home import Home, home_router
from playground_api.dashboard.launch_routes import launch_router
from playground_api.dashboard.launching import Launching
from playground_api.dashboard.pages import Pages
from playground_api.dashboard.preferences import preferences_router
from playground_api.dashboard.system import system_router
from playground_api.dashboard.waiting_routes import waiting_router
from playground_api.figures.watching import Figures


def front_routers(pages: Pages, figures: Figures) -> list[APIRouter]:
    """The front page, the forms that launch, the wait for a page, how pages open; the system."""
    launching = Launching(pages.control, pages.workers_alive)
    return [
        home_router(Home(pages)),
        launch_router(launching),
        waiting_router(launching),
        preferences_router(),
        system_router(figures),
    ]

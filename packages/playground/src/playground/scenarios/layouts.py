"""The places in which a scenario's page may ask for its inputs; the page gives them their look."""

from typing import Literal, get_args

Layout = Literal["sidebar", "top", "columns"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

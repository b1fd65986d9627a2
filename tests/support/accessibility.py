"""axe-core, put into a page of a real browser: what it finds wrong there."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()


@dataclass(frozen=True)
class Violation:
    """One rule that one element breaks."""

    rule: str
    html: str
    page: str
    mend: str


def violations(page: Page) -> list[Violation]:
    """What axe-core finds wrong in the page as it is."""
    page.evaluate(_AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, {iframes: false})")
    return [
        Violation(one["id"], node["html"][:300], page.url, node["failureSummary"])
        for one in found["violations"]
        for node in one["nodes"]
    ]

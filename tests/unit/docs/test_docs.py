"""The pages that are held to the code, and the links between pages."""

import re
from pathlib import Path

import pytest

from tools import reference_pages

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "docs" / "adr", ROOT / "benchmarks")
    for path in folder.glob("*.md")
)


def test_the_page_of_settings_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text() == reference_pages.configuration()


def test_the_page_of_redis_keys_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "redis-keys.md").read_text() == reference_pages.redis_keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not (page.parent / link).exists()]
    assert missing == []


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert named
    assert named <= targets

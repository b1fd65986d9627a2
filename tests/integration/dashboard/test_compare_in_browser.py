"""The compare page in a real browser: three columns that stream side by side, and a vote."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs("browser")


def test_three_columns_stream_side_by_side_and_one_is_voted_for(tab: Page) -> None:
    tab.goto("/compare")
    tab.get_by_role("textbox", name="Question").fill("[[tokens=40 pace_ms=25]]")
    tab.get_by_label("Scenario 3").select_option("parrot")
    tab.get_by_label("Model 3").fill("openai:third")
    tab.get_by_role("button", name="Ask all of them").click()

    columns = tab.locator(".column")
    expect(columns).to_have_count(3)
    for number in range(3):
        expect(columns.nth(number).locator(".answer")).to_contain_text("w0 w1")
        expect(columns.nth(number).locator(".answer")).not_to_contain_text("w39")
    expect(tab.get_by_role("status")).to_have_text("All have answered.")
    for number in range(3):
        expect(columns.nth(number).locator(".answer")).to_have_text(
            " ".join(f"w{n}" for n in range(40))
        )
        expect(columns.nth(number).locator("dd").first).to_have_text(re.compile(r"\d m?s$"))
    columns.nth(2).get_by_role("button").click()
    expect(columns.nth(2).get_by_role("button")).to_contain_text("Voted")
    expect(tab.get_by_role("row").nth(1)).to_contain_text("openai:third")

"""The scenario editor in a real browser: from a copy to a version and back."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs("browser")


def test_a_copy_is_changed_tried_saved_and_set_back(tab: Page) -> None:
    tab.goto("/scenarios")
    tab.get_by_role("link", name="Duplicate Parrot").click()
    tab.wait_for_url("**/scenarios/**")  # whose scripts look at what is typed
    tab.locator("#name").fill("Polly Parrot")
    tab.locator("#title").fill("Polly")
    expect(tab.locator("#wrong-name")).to_contain_text("Small letters")
    expect(tab.locator("#name")).to_have_attribute("aria-invalid", "true")
    tab.locator("#name").fill("polly")

    tab.get_by_role("button", name="Add an input").click()
    tab.locator("#inputs-0-label").fill("Mood")
    tab.locator("#inputs-0-key").fill("mood")
    expect(tab.locator("#inputs-0-options")).to_be_hidden()
    tab.locator("#inputs-0-type").select_option("select")
    tab.locator("#inputs-0-options").fill("calm\nloud")
    tab.locator("#system_prompt").fill("You are {{ mood }}.")
    expect(tab.locator("#wrong-name")).to_be_hidden()

    tab.get_by_label("Question", exact=True).fill("[[say=system]]")
    tab.get_by_role("button", name="Ask").click()
    expect(tab.locator("#preview .answer")).to_have_text("You are calm.")

    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_role("status")).to_contain_text("version 1")
    tab.locator("#system_prompt").fill("You are very {{ mood }}.")
    tab.get_by_role("button", name="Save as version 2").click()
    tab.get_by_role("link", name="Versions").click()
    expect(tab.locator("ins")).to_have_text("system_prompt: You are very {{ mood }}.")
    tab.get_by_role("button", name="Go back to version 1").click()
    expect(tab.locator("ins")).to_have_text("system_prompt: You are {{ mood }}.")

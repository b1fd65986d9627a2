import re

from playground.scenarios.accents import ACCENTS
from playground.scenarios.model import Scenario
from playground_api.dashboard.cards import cards
from playground_api.dashboard.static import FOLDER
from playground_chat.page import look


def test_a_card_says_what_answers_and_what_the_scenario_can_do():
    chat = {"name": "lease", "title": "Lease", "system_prompt": "Read.", "uploads": True}
    app = {"name": "plan", "title": "Plan", "kind": "app", "app": {"script": "app.py"}}
    one, other = cards([Scenario.model_validate(s) for s in (chat, app)], "embedded:tiny")
    assert (one.model, one.demonstration, one.can) == ("tiny", True, ("reads documents",))
    assert (other.model, other.can) == ("", ("Streamlit app",))


def test_a_scenario_names_its_accent_or_its_name_decides():
    fields = {"name": "lease", "title": "Lease", "system_prompt": "Read."}
    assert Scenario.model_validate(fields | {"accent": "teal"}).own_accent == "teal"
    assert Scenario.model_validate(fields).own_accent in ACCENTS


def test_the_dashboard_and_the_page_give_each_accent_the_same_colours():
    style = (FOLDER / "dashboard.css").read_text()
    colours = {
        name: (light, dark)
        for name, light, dark in re.findall(
            r"\.accent-(\w+) \{ --own: light-dark\((#\w+), (#\w+)\)", style
        )
    }
    assert colours == look.ACCENTS
    assert tuple(colours) == ACCENTS

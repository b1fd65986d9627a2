from playground_chat.page.look import accent

SHIPPED = ["technical-support", "creative-writing", "code-review", "document-analysis"]


def test_a_scenario_always_has_the_same_accent() -> None:
    assert accent("technical-support") == accent("technical-support")


def test_the_shipped_scenarios_differ_in_their_accents() -> None:
    assert len({accent(name) for name in SHIPPED}) == len(SHIPPED)

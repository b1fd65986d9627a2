import pytest

from playground_api.dashboard.rendering import told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Run `make images` <now>.", "Run <code>make images</code> &lt;now&gt;."),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("A lone ` stays.", "A lone ` stays."),
        ("", ""),
    ],
)
def test_commands_in_a_sentence_are_shown_as_code(text: str, shown: str):
    assert told(text) == shown

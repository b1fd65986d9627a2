"""What is told of a text that grows."""

import pytest

from playground_gateway.apps.telling import without_cursor


@pytest.mark.parametrize(
    ("shown", "said"),
    [("You ▍", "You"), ("You're▌", "You're"), ("two  ▍", "two "), ("▍", ""), ("plain ", "plain ")],
)
def test_the_mark_where_a_text_goes_on_is_not_part_of_it(shown: str, said: str):
    assert without_cursor(shown) == said

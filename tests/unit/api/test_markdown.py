"""Markdown as HTML: what it may become, and what it may not."""

import pytest

from playground_api.dashboard.markdown import rendered


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**b** ~~s~~", "<p><strong>b</strong> <s>s</s></p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("<script>\nx\n</script>", "<p>&lt;script&gt;\nx\n&lt;/script&gt;</p>"),
        ("[a](javascript:x)", "<p>[a](javascript:x)</p>"),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>"),
        ("```none such\n<i>\n```", '<pre><code class="language-none">&lt;i&gt;\n</code></pre>'),
    ],
)
def test_tags_and_dangerous_links_stay_words(text: str, html: str):
    assert rendered(text).strip() == html


def test_links_open_elsewhere_and_pictures_are_links():
    html = rendered("![a](https://example.com/a.png)")
    assert "<img" not in html
    assert (
        'href="https://example.com/a.png" target="_blank" rel="noopener noreferrer nofollow"'
        in html
    )


def test_code_has_colours_without_styles():
    html = rendered("```python\nreturn '<b>'\n```")
    assert '<span class="hl-k">return</span>' in html
    assert "<b>" not in html
    assert "style=" not in html


def test_a_table_scrolls_by_itself():
    assert '<div class="wide"' in rendered("|a|\n|-|\n|1|")


def test_a_column_keeps_to_its_side_without_styles():
    html = rendered("|a|b|c|\n|-|-:|:-:|\n|1|2|3|")
    assert '<th>a</th>\n<th class="to-right">b</th>\n<th class="to-center">c</th>' in html
    assert '<td class="to-right">2</td>' in html
    assert "style=" not in html


def test_what_is_too_long_is_shown_as_it_was_written():
    assert rendered("**x** " * 50_000).startswith("<pre>**x** ")

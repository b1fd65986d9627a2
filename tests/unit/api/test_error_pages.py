import pytest
from fastapi import Request

from playground.errors import PlaygroundError
from playground_api.dashboard.error_pages import error_page


def a_request(path: str, accept: str) -> Request:
    headers = [(b"accept", accept.encode()), (b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
    return Request({**scope, "query_string": b"", "scheme": "http"})


@pytest.mark.parametrize("path", ["/", "/sessions/x", "/v1x", "/nowhere"])
def test_a_browser_on_the_dashboard_s_paths_gets_a_page(path: str):
    page = error_page(a_request(path, "text/html,*/*"), PlaygroundError())
    assert page is not None
    assert page.status_code == 500


@pytest.mark.parametrize("path", ["/v1", "/v1/sessions", "/internal/page", "/metrics", "/mcp"])
def test_paths_for_programs_are_left_to_problems(path: str):
    assert error_page(a_request(path, "text/html"), PlaygroundError()) is None


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_who_does_not_ask_for_html_gets_a_problem(accept: str):
    assert error_page(a_request("/", accept), PlaygroundError()) is None

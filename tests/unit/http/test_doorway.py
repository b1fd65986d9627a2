"""The manners of a door, through an app that has nothing else."""

import logging
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, WebSocket
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from redis.exceptions import ConnectionError, ResponseError

from playground.errors import FieldError, InvalidRequest, NoCapacity
from playground_http.doorway import open_door
from playground_http.request_ids import RequestIdFilter, request_id
from playground_http.settings import DoorSettings


class Body(BaseModel):
    n: int


def an_app() -> FastAPI:
    app = FastAPI()
    settings = DoorSettings(
        allowed_hosts="play.example", allowed_origins="https://ok.example", max_body_bytes=2048
    )
    open_door(app, settings, checks={}, registry=CollectorRegistry())

    @app.post("/echo")
    async def echo(body: Body) -> dict[str, int]:
        return {"n": body.n}

    @app.get("/id")
    async def identifier() -> dict[str, str]:
        return {"id": request_id()}

    @app.get("/fails/{how}")
    async def fails(how: str) -> None:
        raise {
            "expected": NoCapacity("No room."),
            "fields": InvalidRequest("No.", errors=(FieldError("a", "b"),)),
            "away": ConnectionError("Error 111 connecting to 10.0.0.7:6379"),
            "full": ResponseError("MISCONF no space left on /var/lib/redis"),
            "unexpected": RuntimeError("/secret/path"),
        }[how]

    @app.websocket("/ws")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(an_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        yield client


def problem_of(answer: httpx.Response) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert set(body) >= {"type", "title", "status", "detail", "code", "request_id"}
    return body


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, "invalid_request"),
        ("GET", "/echo", None, 405, "invalid_request"),
        ("POST", "/echo", b"{", 422, "invalid_request"),
        ("POST", "/echo", b'{"n": "x"}', 422, "invalid_request"),
        ("POST", "/echo", b'"\xff"', 400, "invalid_request"),
        ("POST", "/echo", b"[" * 3000, 413, "too_large"),
        ("GET", "/fails/expected", None, 503, "no_capacity"),
        ("GET", "/fails/away", None, 503, "internal"),
        ("GET", "/fails/full", None, 503, "no_capacity"),
        ("GET", "/fails/unexpected", None, 500, "internal"),
    ],
)
async def test_every_refusal_is_a_problem_with_a_request_id(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    content: bytes | None,
    status: int,
    code: str,
):
    headers = {"content-type": "application/json"}
    answer = await client.request(method, path, content=content, headers=headers)
    problem = problem_of(answer)
    assert (answer.status_code, problem["code"]) == (status, code)
    assert not any(secret in answer.text for secret in ("10.0.0.7", "/secret", "/var/lib"))


async def test_a_wrong_field_is_named(client: httpx.AsyncClient):
    problem = problem_of(await client.post("/echo", json={"n": "x"}))
    assert problem["errors"] == [
        {
            "field": "n",
            "message": "Input should be a valid integer, unable to parse string as an integer",
        }
    ]


async def test_an_unavailable_service_says_when_to_come_back(client: httpx.AsyncClient):
    assert (await client.get("/fails/away")).headers["retry-after"] == "2"


async def test_a_method_that_is_not_allowed_is_told_which_are(client: httpx.AsyncClient):
    assert (await client.get("/echo")).headers["allow"] == "POST"


async def test_a_body_that_hides_its_length_is_cut_off_too(client: httpx.AsyncClient):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 1000

    answer = await client.post(
        "/echo", content=endless(), headers={"content-type": "application/json"}
    )
    assert problem_of(answer)["code"] == "too_large"


async def test_a_length_that_is_no_number_is_refused(client: httpx.AsyncClient):
    answer = await client.get("/id", headers={"content-length": "-1"})
    assert problem_of(answer)["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost"}, 200),
        ({"host": "[::1]:8080"}, 200),
        ({"host": "play.example"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": ""}, 403),
        ({"origin": "http://127.0.0.1:8080"}, 200),
        ({"origin": "https://ok.example"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_only_expected_hosts_and_origins_may_call(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
):
    answer = await client.get("/id", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert problem_of(answer)["code"] == "forbidden"


@pytest.mark.parametrize(("host", "status"), [("10.9.8.7:8080", 200), ("10.9.8.8:8080", 403)])
async def test_the_address_at_which_a_request_arrives_may_be_named(host: str, status: int):
    transport = httpx.ASGITransport(app=an_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://10.9.8.7:8080") as client:
        assert (await client.get("/id", headers={"host": host})).status_code == status


@pytest.mark.parametrize("given", ["abc-1", "A" * 128])
async def test_a_request_id_of_the_client_is_kept(client: httpx.AsyncClient, given: str):
    answer = await client.get("/id", headers={"x-request-id": given})
    assert (answer.json()["id"], answer.headers["x-request-id"]) == (given, given)


@pytest.mark.parametrize("given", ["", "a b", "A" * 129, "a<script>"])
async def test_a_request_id_that_could_do_harm_is_replaced(client: httpx.AsyncClient, given: str):
    answer = await client.get("/id", headers={"x-request-id": given})
    assert answer.json()["id"] == answer.headers["x-request-id"] != given


async def test_a_socket_of_another_origin_is_closed_before_it_opens():
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"origin", b"https://evil.example")]
    scope = {"type": "websocket", "path": "/ws", "headers": headers}
    await an_app()(scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "forbidden"}]


def test_a_log_line_outside_of_a_request_has_a_dash_for_an_id():
    record = logging.LogRecord("n", logging.INFO, "p", 1, "m", None, None)
    assert RequestIdFilter().filter(record)
    assert record.__dict__["request_id"] == "-"


async def test_an_unexpected_failure_is_logged_with_its_request_id(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
):
    caplog.handler.addFilter(RequestIdFilter())
    await client.get("/fails/unexpected", headers={"x-request-id": "find-me"})
    (record,) = [r for r in caplog.records if r.exc_info]
    assert record.__dict__["request_id"] == "find-me"


async def test_requests_are_counted_by_route_and_not_by_address(client: httpx.AsyncClient):
    await client.get("/fails/expected")
    await client.get("/nowhere/1")
    text = (await client.get("/metrics")).text
    assert (
        'playground_http_requests_total{method="GET",route="/fails/{how}",status="503"} 1.0' in text
    )
    assert 'playground_http_requests_total{method="other",route="other",status="404"} 1.0' in text
    assert "nowhere" not in text


async def test_a_method_that_a_path_does_not_know_is_told_all_that_it_does() -> None:
    app = an_app()

    @app.get("/echo")
    async def read() -> None: ...

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        answer = await client.delete("/echo")
    assert (answer.status_code, answer.json()["code"]) == (405, "invalid_request")
    assert answer.headers["allow"] == "GET, POST"

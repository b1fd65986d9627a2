"""The API's door: health, metrics, refusals, the document, and a Redis that goes and comes back."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from redis import Redis

from playground.keys import Keys
from playground_api.app import create_app
from playground_api.settings import ApiSettings
from playground_http.settings import DoorSettings
from tests.support.redis_server import running_redis
from tests.support.served import served
from tests.support.waiting import wait_until
from tests.support.workers import WorkerThatLaunchesAtOnce


async def test_it_is_ready_with_a_worker_and_degraded_without(
    api: httpx.AsyncClient, redis_url: str
):
    assert (await api.get("/healthz")).json() == {"status": "ok"}
    lonely = (await api.get("/readiness")).json()
    assert lonely["status"] == "degraded"
    assert "no worker" in lonely["checks"]["workers"]["detail"]
    async with WorkerThatLaunchesAtOnce(redis_url, Keys("default")):
        answer = await api.get("/readiness")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"]["workers"]["alive"] == 1


async def test_metrics_count_sessions_by_status_and_time_launches(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    await api.post("/v1/sessions?wait=20", json={"scenario": "support"})

    async def counted() -> bool:
        text = (await api.get("/metrics")).text
        launched = 'playground_session_launch_seconds_count{outcome="ready"} 1.0' in text
        return launched and 'playground_sessions{status="ready"} 1.0' in text

    await wait_until(counted, "the launch is in the metrics")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nope", 404), ("PUT", "/v1/sessions", 405), ("GET", "/v1/sessions/a/b/c", 404)],
)
async def test_unknown_paths_and_methods_are_problems(
    api: httpx.AsyncClient, method: str, path: str, status: int
):
    answer = await api.request(method, path, headers={"accept": "text/html", "x-request-id": "r-1"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "r-1"


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}]
)
@pytest.mark.parametrize("path", ["/", "/v1/sessions", "/launch"])
async def test_strangers_are_refused_everywhere(
    api: httpx.AsyncClient, headers: dict[str, str], path: str
):
    answer = await api.post(path, headers=headers, json={"scenario": "support"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_document_describes_every_route_and_its_problems(api: httpx.AsyncClient):
    document = (await api.get("/openapi.json")).json()
    assert {"/v1/scenarios", "/v1/sessions", "/v1/sessions/{session_id}", "/v1/events"} <= set(
        document["paths"]
    )
    assert "/launch" not in document["paths"]
    assert "Problem" in document["components"]["schemas"]
    assert "SessionShown" in document["components"]["schemas"]


@pytest.mark.needs("redis")
async def test_redis_may_go_and_come_back(tmp_path: Path, scenarios: Path):
    with running_redis(tmp_path / "redis") as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        settings = ApiSettings(redis_url=url, scenarios_dir=scenarios)
        context = served(create_app(settings, DoorSettings()))
        address = await context.__aenter__()
        client = httpx.AsyncClient(base_url=address, timeout=20)
        kept = (await client.post("/v1/sessions", json={"scenario": "support"})).json()
    try:
        for answer in (
            await client.get("/v1/sessions"),
            await client.post("/v1/sessions?wait=5", json={"scenario": "support"}),
            await client.get("/v1/events"),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert "Redis" in answer.json()["detail"]
            assert str(port) not in answer.text
        assert (await client.get("/readiness")).status_code == 503
        assert (await client.get("/metrics")).status_code == 200
        page = await client.get("/", headers={"accept": "text/html"})
        assert page.status_code == 503
        assert 'http-equiv="refresh"' in page.text
        with running_redis(tmp_path / "redis", port=port):
            back = await client.get(f"/v1/sessions/{kept['id']}")
            assert back.json() == kept
            assert (await client.get("/readiness")).status_code == 200
            await client.aclose()
            await context.__aexit__(None, None, None)
    finally:
        await client.aclose()


async def test_a_full_store_has_no_room_for_a_session(api: httpx.AsyncClient, redis_url: str):
    with Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", "1")
        try:
            answer = await api.post("/v1/sessions", json={"scenario": "support"})
        finally:
            client.config_set("maxmemory", "0")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_capacity")
    assert (await api.post("/v1/sessions", json={"scenario": "support"})).status_code == 202


@pytest.mark.needs("redis")
async def test_it_ends_at_sigterm_though_somebody_listens(redis_url: str, scenarios: Path):
    environment = os.environ | {
        "REDIS_URL": redis_url,
        "PLAYGROUND_PORT": "0",
        "PLAYGROUND_SCENARIOS_DIR": str(scenarios),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "playground_api.main"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "running on" in line)
            address = line.split("running on ")[1].split()[0]
            async with (
                httpx.AsyncClient(base_url=address) as client,
                client.stream("GET", "/v1/events") as answer,
            ):
                assert answer.status_code == 200
                process.send_signal(signal.SIGTERM)
                async for _ in answer.aiter_raw():
                    pass
            assert process.wait(5) == 0
            assert "ERROR" not in process.stderr.read()
        finally:
            process.kill()

"""Sessions of `kind: app`: what their page is made of, and how the lifecycle treats it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from playground.clock import now
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.scenarios.folder import ScenarioFolder
from playground.sessions.claims import Claims
from playground.sessions.model import EndReason, Session, Status, Target
from playground.sessions.pool import PagePool
from playground.sessions.store import SessionStore
from playground_worker.apps import Apps
from playground_worker.launchers.docker.app_folders import MAX_FILES, packed_app
from playground_worker.launchers.docker.containers import description
from playground_worker.launchers.protocol import (
    AppAddress,
    AppImage,
    AppScript,
    UnitSpec,
)
from playground_worker.wiring import Works
from tests.support.launchers import LauncherInMemory

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of scenarios with an app of each kind."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "app.py").write_text("import streamlit")
    for name, app in (
        ("scripted", "script: mine/app.py"),
        ("missing", "script: mine/gone.py"),
        ("leading-out", "script: link/app.py"),
        ("image", "image: 'them/app:1', port: 9000"),
        ("elsewhere", "url: 'http://10.0.0.9:8501/'"),
    ):
        text = f"name: {name}\ntitle: An app\nkind: app\napp: {{{app}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "link").symlink_to("/tmp")
    return tmp_path


async def test_an_app_is_what_its_scenario_says(ask: Ask, folder: Path) -> None:
    apps = Apps(ScenarioFolder(folder))
    session = await ask(kind="app", scenario="scripted")
    assert apps.of(session) == AppScript(folder / "mine" / "app.py")
    assert apps.of(session.model_copy(update={"scenario": "image"})) == AppImage("them/app:1", 9000)
    elsewhere = session.model_copy(update={"scenario": "elsewhere"})
    assert apps.of(elsewhere) == AppAddress("http://10.0.0.9:8501")
    assert apps.of(session.model_copy(update={"kind": "chat"})) is None


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("missing", "There is no script 'mine/gone.py'"),
        ("leading-out", "leads out of the folder"),
        ("nowhere", "'nowhere' is gone"),
    ],
)
async def test_what_an_app_lacks_fails_its_session_in_words(
    ask: Ask,
    works_over: Callable[..., Works],
    store: SessionStore,
    folder: Path,
    scenario: str,
    said: str,
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, scenarios_dir=folder)
    session = await ask(kind="app", scenario=scenario)
    await works.lifecycle.launch(session.id)
    failed = await store.get(session.id)
    assert (failed.status, failed.end_reason) == (Status.FAILED, EndReason.IMAGE_MISSING)
    assert said in str((failed.error or {})["detail"])
    assert str(folder) not in str(failed.error)
    assert launcher.specs == []


async def test_an_app_is_found_at_the_public_address_below_its_slot(
    ask: Ask, works_over: Callable[..., Works], store: SessionStore, folder: Path
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, scenarios_dir=folder, public_url="http://127.0.0.1:8123")
    session = await ask(kind="app", scenario="scripted")
    await works.lifecycle.launch(session.id)
    ready = await store.get(session.id)
    assert ready.status is Status.READY
    assert ready.launch.mode == "cold"
    assert ready.url == f"http://127.0.0.1:8123/s/{ready.slot}/"
    assert launcher.specs[0].app == AppScript(folder / "mine" / "app.py")


async def test_an_app_that_somebody_else_has_started_is_ready_without_a_unit_and_stays_so(
    ask: Ask, works_over: Callable[..., Works], store: SessionStore, folder: Path
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, scenarios_dir=folder)
    session = await ask(kind="app", scenario="elsewhere")
    await works.lifecycle.launch(session.id)
    await works.janitor.look()
    await works.janitor.settled()
    ready = await store.get(session.id)
    assert ready.status is Status.READY
    assert ready.handle is not None
    assert ready.handle.data == {"url": "http://10.0.0.9:8501"}
    assert launcher.specs == []
    await works.lifecycle.stop(session.id)
    assert (await store.get(session.id)).status is Status.STOPPED


async def test_an_app_takes_no_page_that_waits_for_chats(
    ask: Ask, works_over: Callable[..., Works], store: SessionStore, redis: Redis, keys: Keys
) -> None:
    works = works_over(LauncherInMemory(), pool_size=1)
    await redis.zadd(keys.workers(), {"w": now().timestamp()})
    await redis.expire(keys.workers(), 60)
    await works.pool_keeper.refill()
    claims = Claims(store, PagePool(redis, keys))
    asked = await ask(kind="app", scenario="scripted")
    assert (await claims.take(asked.id)).status is Status.QUEUED
    made = await claims.new(lambda i: asked.model_copy(update={"id": i}))
    assert made.status is Status.QUEUED
    parked = await ask(kind="app", scenario="scripted", status=Status.PARKED, target=Target.PARKED)
    woken = await claims.wake(parked.id)
    assert (woken.status, woken.target) == (Status.QUEUED, Target.READY)
    assert len(await works.pool.waiting()) == 1


def a_description(spec: UnitSpec, **labels: str) -> dict[str, object]:
    given = {"playground.port": "8501", "playground.host": "10.231.0.10", **labels}
    return description(spec, image="page:1", common={}, labels=given, network="n")


def test_the_container_of_an_app_is_told_nothing_of_the_playground(tmp_path: Path) -> None:
    app = AppScript(tmp_path / "app.py")
    made = a_description(UnitSpec("slot-1", "a-token", "ses-1", "http://edge:8500", app=app))
    assert made["Cmd"] == ["/scenario/app.py"]
    assert "a-token" not in str(made)
    assert "edge:8500" not in str(made)


def test_the_image_of_an_app_is_served_at_its_own_port() -> None:
    spec = UnitSpec("slot-1", "t", "ses-1", "http://x", app=AppImage("them/app:1", 9000))
    made = a_description(spec, **{"playground.app-port": "9000"})
    assert made["ExposedPorts"] == {"9000/tcp": {}}
    assert "Cmd" not in made
    assert "STREAMLIT_SERVER_PORT=9000" in str(made["Env"])


def test_an_apps_folder_is_packed_without_what_lies_elsewhere(tmp_path: Path) -> None:
    import io
    import tarfile

    (tmp_path / "pages").mkdir()
    for name in ("app.py", "data.csv", "pages/second.py"):
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("/etc/passwd")
    packed = packed_app(AppScript(tmp_path / "app.py"))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        entries = {entry.name: (entry.mode, entry.uid) for entry in archive}
    assert entries == dict.fromkeys(("app.py", "data.csv", "pages/second.py"), (420, 0))


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.py").touch()
    with pytest.raises(Exception, match="a folder of its own"):
        packed_app(AppScript(tmp_path / "app.py"))

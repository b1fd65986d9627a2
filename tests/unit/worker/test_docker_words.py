"""Names, addresses and words of the docker launcher, without an engine."""

import sys
from ipaddress import IPv4Network

import pytest
from pydantic import ValidationError

from playground_worker.launchers.docker.conditions import condition_of
from playground_worker.launchers.docker.containers import config_hash, description, options
from playground_worker.launchers.docker.engine import Engine
from playground_worker.launchers.docker.gates import Gates
from playground_worker.launchers.docker.networks import Networks
from playground_worker.launchers.docker.refusals import EngineRefused, meaning
from playground_worker.launchers.docker.reservations import reserved
from playground_worker.launchers.last_words import exit_words, last_lines, log_words
from playground_worker.launchers.protocol import UnitSpec
from playground_worker.settings import DockerSettings


def networks(owner: str = "stack", subnets: str = "10.231.0.0/16") -> Networks:
    engine = Engine("unix:///nobody", timeout_s=1, slow_timeout_s=1)
    return Networks(engine, Gates(engine, owner), owner=owner, subnets=IPv4Network(subnets))


def test_each_port_of_a_range_has_addresses_of_its_own() -> None:
    settings = DockerSettings(session_port_count=4096)
    ours = networks()
    found = {ours.of_port(port).addresses for port in settings.ports}
    assert len(found) == 4096
    assert all(addresses.subnet_of(settings.page_subnets) for addresses in found)


def test_who_has_which_address_in_a_network() -> None:
    network = networks().of_port(8501)
    config = network.ipam["Config"][0]
    gates = IPv4Network(config["IPRange"])
    assert str(network.addresses) == config["Subnet"] == "10.231.19.80/28"
    assert network.page == "10.231.19.90"
    taken = [config["Gateway"], network.page, config["AuxiliaryAddresses"]["DefaultGatewayIPv4"]]
    assert len(set(taken)) == 3
    assert network.page not in {str(address) for address in gates}


def test_page_networks_are_the_last_by_name_and_the_internet_is_before_them() -> None:
    page = networks("stack").of_port(8501).name
    assert page == "zz-stack-page-8501"
    assert max(page, "stack-egress", "stack_default", "web", "stack-front") == page


def test_more_ports_than_addresses_are_refused() -> None:
    with pytest.raises(ValidationError, match="has room for 16 pages"):
        DockerSettings(page_subnets=IPv4Network("10.9.0.0/24"), session_port_count=17)
    assert DockerSettings(page_subnets=IPv4Network("10.9.0.0/24"), session_port_count=16)


def test_the_token_is_in_the_environment_and_nowhere_else() -> None:
    spec = UnitSpec("slot-1", "slot-1.secret", "ses-1", "http://edge:8500")
    labels = {"playground.port": "8501", "playground.host": "10.0.0.10"}
    made = description(
        spec, image="i", common=options(pids=1, tmp_mb=1), labels=labels, network="n"
    )
    assert "PLAYGROUND_SLOT_TOKEN=slot-1.secret" in made.pop("Env")
    assert "secret" not in str(made) + repr(spec)


def test_a_config_tells_images_and_options_apart() -> None:
    common = options(pids=10, tmp_mb=64)
    assert config_hash("a", common) == config_hash("a", options(pids=10, tmp_mb=64))
    others = [config_hash("b", common), config_hash("a", options(pids=11, tmp_mb=64))]
    assert len({config_hash("a", common), *others}) == 3


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ("Bind for 127.0.0.1:8501 failed: port is already allocated", True),
        ("listen tcp4 127.0.0.1:8501: bind: address already in use", True),
        ("Ports are not available: exposing port TCP 127.0.0.1:8501", True),
        ("Address already in use", True),
        ("no space left on device", False),
    ],
)
def test_a_taken_port_is_recognised_whatever_the_engine_calls_it(words: str, taken: bool) -> None:
    assert EngineRefused(500, f"driver failed: {words}").port_is_taken is taken


def test_what_is_not_known_is_told_in_the_engines_words_without_paths() -> None:
    refused = EngineRefused(500, "cannot do it in /var/lib/docker/x")
    assert meaning(refused, image="page", memory_mb=1) is refused
    assert refused.detail == "The Docker engine refused: cannot do it in x"


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        ({"Status": "exited", "ExitCode": 137}, "it was ended by SIGKILL (the machine may be"),
        ({"Status": "exited", "ExitCode": 143}, "it was ended by SIGTERM"),
        ({"Status": "exited", "ExitCode": 255}, "it ended with code 255"),
        ({"Status": "created", "ExitCode": 0}, "its container was never started"),
        (
            {"Status": "exited", "ExitCode": 127, "Error": "exec /srv/app: not found"},
            "it ended with code 127; the Docker engine says: exec app: not found",
        ),
        (
            {"Status": "exited", "ExitCode": 137, "OOMKilled": True},
            "it used more than its 64 MiB; raise limits.memory_mb of the scenario",
        ),
    ],
)
def test_an_ended_container_says_why(state: dict[str, object], cause: str) -> None:
    record = {"State": state, "HostConfig": {"Memory": 64 << 20}}
    condition = condition_of(record, "")
    assert condition.cause.startswith(cause)
    assert condition.out_of_memory is bool(state.get("OOMKilled"))


def test_a_log_is_shown_by_its_last_lines_and_without_paths() -> None:
    assert log_words("one\n/srv/app.py broke\n") == "its log ends with: app.py broke"
    assert log_words("the page of x starts", unless_it_begins="the page of ") == ""
    assert last_lines("a\nb\nc\n", 2) == "b\nc\n"
    assert last_lines("a\nb\n", 0) == ""


def test_a_signal_without_a_name_is_still_told() -> None:
    assert exit_words(-33) == "it was ended by signal 33"
    assert exit_words(None) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="the names are of Linux' kernel")
def test_a_port_is_tried_by_one_launch_at_a_time() -> None:
    with reserved("stack-of-a-test", 8501) as first, reserved("stack-of-a-test", 8501) as second:
        assert (first, second) == (True, False)
        with (
            reserved("another-stack-of-a-test", 8501) as other,
            reserved("stack-of-a-test", 1) as port,
        ):
            assert (other, port) == (True, True)
    with reserved("stack-of-a-test", 8501) as again:
        assert again

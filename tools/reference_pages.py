"""Writes the pages that are held to the code: docs/configuration.md and docs/redis-keys.md."""

from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from playground.key_catalogue import CATALOGUE
from playground.settings import StoreSettings
from playground_api.settings import ApiSettings
from playground_chat.backend.settings import ChatSettings
from playground_cli.embedded.settings import ModelSettings
from playground_cli.stack.settings import StackSettings
from playground_gateway.settings import GatewaySettings
from playground_http.settings import DoorSettings
from playground_worker.settings import ProcessSettings, WorkerSettings

DOCS = Path(__file__).resolve().parent.parent / "docs"
READERS: dict[str, type[BaseSettings]] = {
    "every service": StoreSettings,
    "every HTTP door": DoorSettings,
    "chat backend": ChatSettings,
    "API": ApiSettings,
    "MCP gateway": GatewaySettings,
    "worker": WorkerSettings,
    "process launcher": ProcessSettings,
    "embedded stack": StackSettings,
    "model server": ModelSettings,
}
ELSEWHERE = """
Read by libraries or by the model's provider: the keys that LangChain's `init_chat_model` knows. A
session's page reads `PLAYGROUND_CHAT_URL` and `PLAYGROUND_SLOT_TOKEN`, which its launcher gives it.
The command line reads `PLAYGROUND_URL`, the address of a playground (default: this machine's). The
tests read `PLAYGROUND_REQUIRE` (parts that must be there) and `PLAYGROUND_CHROMIUM`.
"""


def configuration() -> str:
    """docs/configuration.md."""
    lines = [
        "# Configuration",
        "",
        "Every setting is an environment variable.",
        "Written from the code by `tools/reference_pages.py`.",
        "",
        "| variable | default | read by | meaning |",
        "|---|---|---|---|",
        *sorted(_rows()),
        ELSEWHERE,
    ]
    return "\n".join(lines)


def redis_keys() -> str:
    """docs/redis-keys.md."""
    rows = [f"| `{k.pattern}` | {k.type} | {k.holds} | {k.ends} |" for k in CATALOGUE]
    return "\n".join(
        [
            "# Redis keys",
            "",
            "Every key, from `playground/key_catalogue.py`. Written by `tools/reference_pages.py`.",
            "",
            "| key | type | holds | ends |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _rows() -> Iterator[str]:
    seen: dict[str, list[str]] = {}
    fields: dict[str, tuple[str, FieldInfo]] = {}
    for reader, settings in READERS.items():
        inherited = set(StoreSettings.model_fields) if settings is not StoreSettings else set[str]()
        for name, field in settings.model_fields.items():
            if name in inherited and issubclass(settings, StoreSettings):
                continue
            variable = _variable(name, field)
            seen.setdefault(variable, []).append(reader)
            fields.setdefault(variable, (name, field))
    for variable, readers in seen.items():
        _, field = fields[variable]
        yield f"| `{variable}` | {_default(field)} | {', '.join(readers)} | {field.description} |"


def _variable(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    choices = getattr(alias, "choices", [alias] if isinstance(alias, str) else [])
    return str(choices[0]) if choices else f"PLAYGROUND_{name.upper()}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if str(value or "") else ""


def main() -> None:
    """Write both pages."""
    (DOCS / "configuration.md").write_text(configuration())
    (DOCS / "redis-keys.md").write_text(redis_keys())


if __name__ == "__main__":
    main()

"""Names of models: ``provider:name``, and which one answers when nobody chose (contract §7)."""

from collections.abc import Mapping

EMBEDDED = "embedded"
EMBEDDED_DEFAULT = f"{EMBEDDED}:smollm2-135m-instruct"
EMBEDDED_NOTE = (
    "This reply comes from a small demonstration model that runs on this machine and is often "
    "wrong. For a real one: OPENAI_API_KEY=... make up"
)


def default_model(environment: Mapping[str, str]) -> str:
    """CHAT_MODEL_ID, else ``gpt-4o-mini`` where there is a key for it, else the embedded model."""
    chosen = environment.get("CHAT_MODEL_ID", "").strip()
    return chosen or ("gpt-4o-mini" if environment.get("OPENAI_API_KEY") else EMBEDDED_DEFAULT)


def note_on(model: str) -> str | None:
    """What a reader should know about replies of *model*, if anything."""
    return EMBEDDED_NOTE if model.partition(":")[0] == EMBEDDED else None

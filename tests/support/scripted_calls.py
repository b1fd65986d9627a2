"""How the scripted model calls tools: the calls of one request, and what tools have said."""

from typing import Any


def wanted_calls(asked: dict[str, Any], script: dict[str, str]) -> list[dict[str, Any]]:
    """The call that *script* wants now, if the tools have not been asked often enough."""
    rounds = len({message["number"] for message in _since_question(asked, "assistant")})
    if rounds >= int(script.get("rounds", 1)):
        return []
    function = {"name": script["call"], "arguments": script.get("args", "{}")}
    return [
        {"id": script.get("id", f"call-{rounds}-{n}"), "type": "function", "function": function}
        for n in range(int(script.get("calls", 1)))
    ]


def tools_said(asked: dict[str, Any]) -> str:
    """What tools have answered since the last question."""
    said = " | ".join(str(message["content"]) for message in _since_question(asked, "tool"))
    return f"tools said: {said}"


def _since_question(asked: dict[str, Any], role: str) -> list[dict[str, Any]]:
    messages = list(enumerate(asked["messages"]))
    last = max(n for n, message in messages if message["role"] == "user")
    return [{**m, "number": n} for n, m in messages[last:] if m["role"] == role]

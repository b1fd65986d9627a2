"""How much of a conversation a model reads: whole turns, the latest first, by a careful count."""

import json
from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from playground_chat.backend.engine.history import ReadTurn

_LEAST = 30
"""Where there is room for fewer tokens, a turn is better left out than cut."""
_CUT = "\n[...]\n"


def estimated_tokens(text: str) -> int:
    """A careful guess for any tokenizer: English has four bytes a token, other scripts fewer."""
    return len(text.encode()) // 3 + 4


def cost_of(turn: ReadTurn) -> int:
    """What *turn* takes of a window."""
    return sum(estimated_tokens(m.text) + _calls_cost(m) for m in turn.messages)


def fitting(turns: Sequence[ReadTurn], room: int) -> list[ReadTurn]:
    """The newest of *turns* that fit into *room* tokens, without a gap.

    The latest is always there: where it is too large, the middle of its texts is left out.
    """
    kept: list[ReadTurn] = []
    for turn in reversed(turns):
        room -= cost_of(turn)
        if room < 0:
            break
        kept.append(turn)
    if turns and not kept:
        room += cost_of(turns[-1])
        return [_shortened(turns[-1], room)] if room >= _LEAST else []
    return kept[::-1]


def _shortened(turn: ReadTurn, room: int) -> ReadTurn:
    """The question and the words of the answer, each with its ends; no calls of tools."""
    answer = "\n\n".join(m.text for m in turn.messages if isinstance(m, AIMessage) and m.text)
    question = "".join(m.text for m in turn.messages if isinstance(m, HumanMessage))
    half = (room // 2 - len(_CUT)) * 3
    messages: list[BaseMessage] = [HumanMessage(_ends(question, half))]
    return ReadTurn(turn.id, messages + ([AIMessage(_ends(answer, half))] if answer else []))


def _ends(text: str, most: int) -> str:
    """*text* in at most about *most* bytes: its begin and its end."""
    data = text.encode()
    if len(data) <= most:
        return text
    side = max(0, most // 2)
    begin, end = (
        data[:side].decode(errors="ignore"),
        data[len(data) - side :].decode(errors="ignore"),
    )
    return f"{begin}{_CUT}{end}"


def _calls_cost(message: BaseMessage) -> int:
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return sum(estimated_tokens(json.dumps(call["args"])) for call in calls)

"""Answers as a conversation's log tells them: what was said, and when."""

import json
from collections.abc import Sequence

from playground.conversation.history import ConversationHistory
from playground.conversation.model import Entry, Outcome
from playground_api.comparisons.model import Answer, Column


def answer_of_problem(column: Column) -> Answer:
    """The answer of a column that could not be asked."""
    return Answer(outcome=Outcome.FAILED, model=column.model, problem=column.problem)


def begun(column: Column) -> Answer:
    """The answer of a column that has said nothing yet."""
    if column.conversation_id is None:
        return answer_of_problem(column)
    return Answer(model=column.model)


def told(answer: Answer, column: Column, entries: Sequence[Entry]) -> Answer:
    """*answer* after *entries* of its turn, which may be all there are of it."""
    for entry in entries:
        if answer.outcome is not None:
            break
        answer = answer.model_copy(update=_change(answer, column, entry))
    return answer


async def answer_so_far(history: ConversationHistory, column: Column) -> Answer:
    """What *column* has said until now. One whose conversation was forgotten has said nothing."""
    if column.conversation_id is None:
        return answer_of_problem(column)
    entries = await history.entries(column.conversation_id, after=column.after)
    if not entries and not await history.messages(column.conversation_id, limit=1):
        return Answer(model=column.model, outcome=Outcome.INTERRUPTED)
    return told(begun(column), column, entries)


def _change(answer: Answer, column: Column, entry: Entry) -> dict[str, object]:
    if entry.kind == "token":
        since = _ms(entry.id) - _ms(column.after or entry.id)
        first = since if answer.first_token_ms is None else answer.first_token_ms
        return {"text": answer.text + entry.data, "first_token_ms": first}
    if entry.kind == "tool_start":
        return {"tool_calls": answer.tool_calls + 1}
    if entry.kind == "error":
        return {"problem": json.loads(entry.data)}
    return _end(answer, column, entry) if entry.kind == "done" else {}


def _end(answer: Answer, column: Column, entry: Entry) -> dict[str, object]:
    ended: dict[str, object] = {"total_ms": _ms(entry.id) - _ms(column.after or entry.id)}
    message = entry.message
    if message is None:
        outcome = Outcome.FAILED if answer.problem else Outcome.INTERRUPTED
        return {**ended, "outcome": outcome}
    usage = message.usage or {}
    tokens = int(usage["output_tokens"]) if "output_tokens" in usage else None
    return {
        **ended,
        "outcome": message.status,
        "text": message.content,
        "model": message.model or answer.model,
        "output_tokens": tokens,
        "problem": message.error or answer.problem,
    }


def _ms(entry_id: str) -> int:
    """When the entry was written: its id begins with the time."""
    return int(entry_id.partition("-")[0])

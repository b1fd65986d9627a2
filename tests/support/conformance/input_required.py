"""Tools and a prompt that answer with questions first, as 2026-07-28 has it (SEP-2322)."""

import json
from collections.abc import Mapping

from fastmcp import Context, FastMCP
from mcp_types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

from tests.support.conformance.words import in_words


def input_required() -> FastMCP:
    """A server of these tools and this prompt."""
    server: FastMCP = FastMCP("input-required", mask_error_details=True)
    for tool in (
        test_input_required_result_elicitation,
        test_input_required_result_sampling,
        test_input_required_result_list_roots,
        test_input_required_result_request_state,
        test_input_required_result_multiple_inputs,
        test_input_required_result_multi_round,
        test_input_required_result_tampered_state,
        test_input_required_result_capabilities,
    ):
        server.tool(tool, description=in_words(tool), output_schema=None)
    described = in_words(test_input_required_result_prompt)
    server.prompt(test_input_required_result_prompt, description=described)
    return server


def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
    if (name := _said(ctx, "user_name", "name")) is not None:
        return f"Hello, {name}!"
    return _asking({"user_name": _question("What is your name?", "name")})


def test_input_required_result_sampling(ctx: Context) -> str | InputRequiredResult:
    if "capital_question" in (ctx.input_responses or {}):
        return "The model has answered."
    return _asking({"capital_question": _sampling("What is the capital of France?")})


def test_input_required_result_list_roots(ctx: Context) -> str | InputRequiredResult:
    if "client_roots" in (ctx.input_responses or {}):
        return "The client has named its roots."
    return _asking({"client_roots": ListRootsRequest()})


def test_input_required_result_request_state(ctx: Context) -> str | InputRequiredResult:
    if "confirm" in (ctx.input_responses or {}) and ctx.request_state == "nonce":
        return "state-ok: confirmation received"
    return _asking({"confirm": _question("Please confirm", "ok", "boolean")}, "nonce")


def test_input_required_result_multiple_inputs(ctx: Context) -> str | InputRequiredResult:
    asked: dict[str, InputRequest] = {
        "user_name": _question("What is your name?", "name"),
        "greeting": _sampling("Generate a greeting"),
        "client_roots": ListRootsRequest(),
    }
    if asked.keys() <= (ctx.input_responses or {}).keys():
        return "All inputs received."
    return _asking(asked, "multiple-inputs")


def test_input_required_result_multi_round(ctx: Context) -> str | InputRequiredResult:
    state = json.loads(ctx.request_state or "{}")
    if state.get("round") == 1 and (name := _said(ctx, "step1", "name")):
        question = _question("Step 2: What is your favorite color?", "color")
        return _asking({"step2": question}, json.dumps({"round": 2, "name": name}))
    if state.get("round") == 2 and (color := _said(ctx, "step2", "color")):
        return f"{state['name']} likes {color}."
    question = _question("Step 1: What is your name?", "name")
    return _asking({"step1": question}, json.dumps({"round": 1}))


def test_input_required_result_tampered_state(ctx: Context) -> str | InputRequiredResult:
    if ctx.request_state is None:
        return _asking({"confirm": _question("Please confirm", "ok", "boolean")}, "round-1")
    return f"state-ok: {ctx.request_state}"


def test_input_required_result_capabilities(ctx: Context) -> InputRequiredResult:
    able = ctx.session.client_capabilities
    asked: dict[str, InputRequest] = {}
    if able is None or able.sampling is not None:
        asked["sample"] = _sampling("Say hello")
    if able is None or able.elicitation is not None:
        asked["ask"] = _question("What is your name?", "name")
    return _asking(asked, "capability-gated")


def test_input_required_result_prompt(ctx: Context) -> str | InputRequiredResult:
    if (context := _said(ctx, "user_context", "context")) is not None:
        return f"Use the following context: {context}"
    return _asking({"user_context": _question("What context should it use?", "context")})


def _asking(asked: Mapping[str, InputRequest], state: str | None = None) -> InputRequiredResult:
    return InputRequiredResult(input_requests=dict(asked), request_state=state)


def _question(message: str, key: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {key: {"type": kind}}, "required": [key]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _sampling(text: str) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    params = CreateMessageRequestParams(messages=[message], max_tokens=100)
    return CreateMessageRequest(params=params)


def _said(ctx: Context, question: str, key: str) -> str | None:
    """What the client answered to *question* under *key*; None: nothing that fits."""
    answer = (ctx.input_responses or {}).get(question)
    if not isinstance(answer, ElicitResult) or not answer.content:
        return None
    said = answer.content.get(key)
    return said if isinstance(said, str) else None

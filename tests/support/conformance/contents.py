"""Tools, resources and prompts of every kind of content, as the conformance suites ask for them."""

import base64
import json

from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.prompts import Message
from mcp_types import (
    AudioContent,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)

from tests.support.conformance.words import in_words

_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dw"
    "HwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
)
_SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="


def contents() -> FastMCP:
    """A server of these tools, resources and prompts."""
    server: FastMCP = FastMCP("contents", mask_error_details=True)
    for tool in (
        test_simple_text,
        test_image_content,
        test_audio_content,
        test_embedded_resource,
        test_multiple_content_types,
        test_tool_with_progress,
        test_error_handling,
    ):
        server.tool(tool, description=in_words(tool), output_schema=None)
    server.resource("test://static-text", mime_type="text/plain")(static_text)
    server.resource("test://static-binary", mime_type="image/png")(static_binary)
    server.resource("test://template/{id}/data", mime_type="application/json")(template)
    server.resource("test://watched-resource", mime_type="text/plain")(watched)
    for prompt in (
        test_simple_prompt,
        test_prompt_with_arguments,
        test_prompt_with_embedded_resource,
        test_prompt_with_image,
    ):
        server.prompt(prompt, description=in_words(prompt))
    return server


def test_simple_text() -> str:
    return "This is a simple text response for testing."


def test_image_content() -> list[ContentBlock]:
    return [_image()]


def test_audio_content() -> list[ContentBlock]:
    return [AudioContent(type="audio", data=_SILENCE, mime_type="audio/wav")]


def test_embedded_resource() -> list[ContentBlock]:
    return [_embedded("test://embedded-resource", "This is an embedded resource content.")]


def test_multiple_content_types() -> list[ContentBlock]:
    return [
        TextContent(type="text", text="Multiple content types test:"),
        _image(),
        _embedded("test://mixed-content-resource", '{"test":"data","value":123}'),
    ]


async def test_tool_with_progress(ctx: Context) -> str:
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100, f"Completed step {done} of 100")
    return "done"


def test_error_handling() -> str:
    raise ToolError("This tool intentionally returns an error for testing")


def static_text() -> str:
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    return base64.b64decode(_PIXEL)


def template(id: str) -> str:
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def watched() -> str:
    return "Watched resource content"


def test_simple_prompt() -> str:
    return "This is a simple prompt for testing."


def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def test_prompt_with_embedded_resource(resourceUri: str) -> list[Message]:
    embedded = _embedded(resourceUri, "Embedded resource content for testing.")
    return [Message(embedded), Message("Please process the embedded resource above.")]


def test_prompt_with_image() -> list[Message]:
    return [Message(_image()), Message("Please analyze the image above.")]


def _image() -> ImageContent:
    return ImageContent(type="image", data=_PIXEL, mime_type="image/png")


def _embedded(uri: str, text: str) -> EmbeddedResource:
    resource = TextResourceContents(uri=uri, mime_type="text/plain", text=text)
    return EmbeddedResource(type="resource", resource=resource)

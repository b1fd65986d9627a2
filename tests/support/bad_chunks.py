"""What no model should send in the middle of a stream, and some do: the bytes of it, by name.

    json        a chunk that is cut in the middle of its JSON
    utf8        a chunk with half a character in its UTF-8
    error       an error in place of a chunk, as OpenAI's servers tell of a 500 once they have begun
    lone        half a character, as JSON can say it, whose other half never comes
    halves      the two halves of a character in a chunk each
    cut         a good chunk whose bytes come in two parts, cut within a character
    page        a line of HTML

`end`, which the server itself knows: the stream ends without a word on why.
"""

import json


def bad_chunks(name: str) -> list[bytes]:
    """The bytes to send, each part by itself; none for a name that is not known."""
    return _BAD.get(name, [])


def _chunk(content: str) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
    }
    return f"data: {json.dumps({**body, 'choices': [choice]}, ensure_ascii=False)}\n\n".encode(
        "utf-8", "surrogatepass"
    )


def _escaped(content: str) -> bytes:
    """The chunk with *content* written as JSON escapes, which may be halves of characters."""
    return _chunk("@").replace(b'"@"', json.dumps(content).encode())


_ERROR = {"message": "scripted failure 500", "type": "server_error", "code": "500"}
_WHOLE = _chunk("né")
_BAD = {
    "json": [_chunk("lost")[:60] + b"\n\n"],
    "utf8": [_chunk("né").replace("é".encode(), b"\xc3")],
    "error": [f"data: {json.dumps({'error': _ERROR})}\n\n".encode()],
    "lone": [_escaped("\ud83d")],
    "halves": [_escaped("\ud83d"), _escaped("\ude00")],
    "cut": [_WHOLE[: _WHOLE.index(b"\xc3") + 1], _WHOLE[_WHOLE.index(b"\xc3") + 1 :]],
    "page": [b"<html><body>502 Bad Gateway</body></html>\n\n"],
}

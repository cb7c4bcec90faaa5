"""A vendor that answers at once with one 2 MB picture, as cheaply as Python can: `python -m bench.vendor PORT`."""

import base64
import json
import os
import struct
import sys
import zlib
from typing import Any

import uvicorn

PICTURE_BYTES = 2_000_000


def picture(size: int = PICTURE_BYTES) -> bytes:
    """A true PNG of about this many bytes: noise, which no compression shortens."""
    width = 816
    height = size // (width * 3 + 1)
    rows = b"".join(b"\0" + os.urandom(width * 3) for _ in range(height))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 0))]
    body = b"".join(_chunk(kind, data) for kind, data in [*chunks, (b"IEND", b"")])
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def answer(data: bytes) -> bytes:
    usage = {"input_tokens": 3, "output_tokens": 439, "total_tokens": 442}
    details = {"input_tokens_details": {"text_tokens": 3, "image_tokens": 0}}
    made = [{"b64_json": base64.b64encode(data).decode()}]
    return json.dumps({"created": 1, "data": made, "usage": usage | details}).encode()


def serve(port: int) -> None:
    body = answer(picture())
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(app, port=port, log_level="warning", lifespan="off", access_log=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]))

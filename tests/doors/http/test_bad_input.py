"""What cannot be served is refused before a job or a file exists, naming the value and the way out."""

from typing import Any

import pytest

from tests.doors.http.serving import Served

pytestmark = pytest.mark.anyio

GOOD: dict[str, dict[str, Any]] = {
    "/image/generate": {"prompt": "a fox", "customer_id": 1, "settings": {"image": {"model": "sketch"}}},
    "/video/generate": {"prompt": "a fox", "customer_id": 1, "settings": {"video": {"model": "sketch"}}},
    "/v1/generations": {"prompt": "a fox", "model": "sketch", "size": "64x64"},
}
ANIMATION = "data:text/plain;base64,aGVsbG8gd29ybGQ="
DEEP: list[Any] = []
for _ in range(40):
    DEEP = [DEEP]
LATER = "01a1f78b-5101-77a2-bcd4-0fdc1471d809"

REFUSED: list[tuple[str, dict[str, Any], int, str, list[str]]] = [
    ("/image/generate", {"prompt": ""}, 400, "invalid_value", ["prompt is ''", "Say what"]),
    ("/image/generate", {"prompt": " \n"}, 400, "invalid_value", ["prompt", "empty"]),
    ("/image/generate", {"prompt": None}, 400, "invalid_value", ["prompt is None", "text"]),
    ("/image/generate", {"prompt": 7}, 400, "invalid_value", ["prompt is 7", "text"]),
    ("/image/generate", {"prompt": "x" * 64_000}, 400, "invalid_value", ["prompt", "characters"]),
    ("/image/generate", {"customer_id": 0}, 400, "invalid_value", ["customer_id is 0", "greater than 0"]),
    ("/image/generate", {"customer_id": -1}, 400, "invalid_value", ["customer_id is -1"]),
    ("/image/generate", {"customer_id": "me"}, 400, "invalid_value", ["customer_id is 'me'", "whole number"]),
    ("/image/generate", {"customer_id": None}, 400, "invalid_value", ["customer_id is None"]),
    ("/image/generate", {"settings": []}, 400, "invalid_value", ["settings is []", '{"image"']),
    ("/image/generate", {"settings": {"image": "sketch"}}, 400, "invalid_value", ["settings.image is 'sketch'"]),
    ("/image/generate", {"settings": {"image": {"model": "nope-1"}}}, 400, "unknown_model", ["'nope-1'", "models"]),
    ("/image/generate", {"settings": {"image": {"model": "dall-e-3"}}}, 400, "model_retired", ["2026-05-12", "flare"]),
    ("/image/generate", {"settings": {"image": {"model": "openai"}}}, 400, "missing_key", ["OPENAI_API_KEY"]),
    ("/image/generate", {"settings": {"image": {"model": "sketch:motion"}}}, 501, "unsupported_mode", ["no images"]),
    ("/image/generate", {"settings": {"image": {"qualty": "low"}}}, 400, "unknown_option", ["qualty", "quality"]),
    ("/image/generate", {"settings": {"image": {"width": "wide"}}}, 400, "invalid_value", ["'wide'", "whole number"]),
    ("/image/generate", {"settings": {"image": {"width": 0}}}, 400, "invalid_value", ["width is 0", "at least 1"]),
    ("/image/generate", {"settings": {"image": {"size": "big"}}}, 400, "invalid_value", ["'big'", "1024x1024"]),
    ("/image/generate", {"settings": {"image": {"aspect_ratio": "wide"}}}, 400, "invalid_value", ["'wide'", "16:9"]),
    (
        *("/image/generate", {"settings": {"image": {"response_format": "xml"}}}, 400, "invalid_value"),
        ["'xml'", "b64_json"],
    ),
    (
        *("/image/generate", {"settings": {"image": {"model": "sketch", "fit": "strict", "size": "9x9"}}}, 400),
        *("invalid_value", ["'9x9'", "64"]),
    ),
    ("/image/generate", {"save_to_db": "maybe"}, 400, "invalid_value", ["save_to_db is 'maybe'", "true or false"]),
    ("/video/generate", {"input_image_url": ANIMATION}, 400, "unreadable_input", ["text", "PNG"]),
    ("/video/generate", {"input_image_url": "data:image/png;base64,?"}, 400, "unreadable_input", ["base64"]),
    ("/video/generate", {"input_image_url": "http://127.0.0.1:9/a.png"}, 400, "invalid_value", ["127.0.0.1", "public"]),
    ("/video/generate", {"input_image_url": "https://10.0.0.7/a.png"}, 400, "invalid_value", ["10.0.0.7", "public"]),
    ("/video/generate", {"input_image_url": "file:///etc/passwd"}, 400, "invalid_value", ["file:", "https"]),
    ("/video/generate", {"input_image_url": "a.png"}, 400, "invalid_value", ["http"]),
    ("/video/generate", {"input_image_url": LATER}, 400, "invalid_value", ["input_image_url", LATER, "own"]),
    (
        *("/video/generate", {"settings": {"video": {"model": "sketch", "mask": LATER}}}, 501),
        *("unsupported_mode", ["mask", "first_frame"]),
    ),
    (
        *("/video/generate", {"settings": {"video": {"poll_timeout_seconds": 0.5}}}, 400),
        *("invalid_value", ["0.5", "at least 1"]),
    ),
    (
        *("/video/generate", {"settings": {"video": {"poll_interval_seconds": 0.01}}}, 400),
        *("invalid_value", ["0.01", "at least 0.1"]),
    ),
    (
        *("/video/generate", {"settings": {"video": {"reference_images": [{"url": "x", "type": "ghost"}]}}}, 400),
        *("invalid_value", ["reference_images.0", "'ghost'", "style"]),
    ),
    ("/v1/generations", {"prompt": " "}, 400, "invalid_value", ["empty", "picture or film"]),
    ("/v1/generations", {"size": "9x9"}, 400, "invalid_value", ["'9x9'", "64"]),
    ("/v1/generations", {"quality": "hd"}, 400, "invalid_value", ["'hd'"]),
    ("/v1/generations", {"options": {"styel": "x"}}, 400, "unknown_option", ["'styel'"]),
    ("/v1/generations", {"sizes": "64x64"}, 400, "unknown_option", ["'sizes'", "size"]),
    ("/v1/generations", {"model": "nope-1"}, 404, "unknown_model", ["'nope-1'"]),
    ("/v1/generations", {"model": "sora-2"}, 404, "model_retired", ["2026-09-24", "xai:grok-imagine-video-1.5"]),
    ("/v1/generations", {"model": "xai"}, 400, "missing_key", ["XAI_API_KEY"]),
    (
        *("/v1/generations", {"inputs": [{"role": "first_frame", "url": "https://a.example/1.png"}]}, 400),
        *("unsupported_mode", ["first_frame", "reference"]),
    ),
    ("/v1/generations", {"inputs": [{}]}, 400, "invalid_value", ["inputs.0", "exactly one"]),
    ("/v1/generations", {"n": 0}, 400, "invalid_value", ["n is 0", "at least 1"]),
    ("/v1/generations", {"n": 101}, 400, "invalid_value", ["n is 101", "at most 100"]),
    ("/v1/generations", {"kind": "song"}, 400, "invalid_value", ["'song'", "video"]),
    ("/v1/generations", {"customer_id": 0}, 400, "invalid_value", ["customer_id is 0"]),
    ("/v1/generations?customer_id=2", {"customer_id": 3}, 400, "invalid_value", ["[2, 3]"]),
    ("/v1/generations?customer_id=0", {}, 400, "invalid_value", ["customer_id", "greater than 0"]),
    ("/v1/generations", {"session_id": "a\0"}, 400, "invalid_value", ["session_id", "U+0000", "Take it out"]),
    ("/v1/generations", {"metadata": {"a": "x" * 64_000}}, 400, "invalid_value", ["metadata has 64.0 kB", "64 kB"]),
    ("/v1/generations", {"metadata": {"a": DEEP}}, 400, "invalid_value", ["metadata.a.0.0", "too deep"]),
    (
        *("/image/generate", {"settings": {"image": {"model": "sketch", "style": DEEP}}}, 400),
        *("invalid_value", ["settings.image.style", "text"]),
    ),
    ("/image/generate", {"other": ["a", "b\0"]}, 400, "invalid_value", ["other.1", "U+0000"]),
    ("/v1/generations", {"webhook_url": "https://a.example"}, 400, "unsupported_mode", ["webhook_url"]),
]


@pytest.mark.parametrize(("path", "wrong", "status", "code", "said"), REFUSED, ids=str)
async def test_bad_input_is_refused(
    quiet: Served, path: str, wrong: dict[str, Any], status: int, code: str, said: list[str]
) -> None:
    answer = await quiet.client.post(path, json=GOOD[path.partition("?")[0]] | wrong)

    body = answer.json()
    told = (body["error"], body["error_code"]) if "success" in body else (_sentence(body), body["error"]["code"])
    assert (answer.status_code, told[1]) == (status, code)
    assert [part for part in said if part not in told[0]] == []
    assert (await quiet.jobs(), quiet.files()) == (0, [])


def _sentence(body: dict[str, Any]) -> str:
    return f"{body['error']['message']} {body['error']['hint']}"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"null", b"7", b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("path", ["/image/generate", "/v1/generations"])
async def test_a_body_that_is_no_json_object_is_refused(quiet: Served, path: str, content: bytes) -> None:
    answer = await quiet.client.post(path, content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert "JSON object" in answer.text
    assert await quiet.jobs() == 0


POISON = [
    r'"\ud800"',
    r'{"\udfff": 1}',
    "NaN",
    "-Infinity",
    "1e999",
    r'"a\u0000b"',
    r'{"\u0000": 1}',
    "[" * 300 + "]" * 300,
]


@pytest.mark.parametrize("poison", POISON)
@pytest.mark.parametrize("where", ["prompt", "metadata", "options"])
async def test_what_could_not_be_given_out_again_is_not_taken_in(quiet: Served, where: str, poison: str) -> None:
    value = poison if where == "prompt" else '{"a": %s}' % poison  # noqa: UP031 - braces
    content = '{"model": "sketch", "prompt": "a fox", "%s": %s}' % (where, value)  # noqa: UP031

    answer = await quiet.client.post(
        "/v1/generations", content=content.encode(), headers={"content-type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["hint"]
    assert await quiet.jobs() == 0


async def test_a_backslash_before_a_code_is_just_text(door: Served) -> None:
    assert (await door.image(prompt=r"a fox called \u0000 and \ud800")).status_code == 200


async def test_a_long_value_is_shown_in_part(quiet: Served) -> None:
    answer = await quiet.client.post("/v1/generations", json=GOOD["/v1/generations"] | {"size": "9" * 10_000})

    assert len(answer.text) < 400


async def test_a_prompt_is_never_in_an_error(quiet: Served) -> None:
    answer = await quiet.image(prompt="my secret", settings={"image": {"model": "nope"}})

    assert answer.status_code == 400
    assert "my secret" not in answer.text

"""Kling's error codes, and refusals by them for tests to script."""

from tests.fakes.base import Fault, Lane

# [P] the vendor's table. The HTTP status alone says nothing: of the 429s only 1302 and 1303 are worth another try.
HTTP_OF = {
    1000: 401, 1001: 401, 1002: 401, 1003: 401, 1004: 401, 1100: 429, 1101: 429, 1102: 429, 1103: 403, 1200: 400,
    1201: 400, 1202: 404, 1203: 404, 1300: 400, 1301: 400, 1302: 429, 1303: 429, 1304: 429, 5000: 500, 5001: 503,
    5002: 504,
}  # fmt: skip
WORDS = {
    1000: "Authentication failed", 1001: "Authorization is empty", 1002: "Authorization is invalid",
    1003: "Authorization is not yet valid", 1004: "Authorization has expired", 1100: "Account exception",
    1101: "Account in arrears", 1102: "Resource pack depleted or expired", 1103: "Unauthorized access to the resource",
    1200: "Invalid request parameters", 1201: "Invalid parameters", 1202: "The requested method is invalid",
    1203: "The requested resource does not exist", 1300: "Platform policy triggered",
    1301: "Content security policy triggered", 1302: "API request too frequent",
    1303: "parallel task over resource pack limit", 1304: "IP is not on the allow list", 5000: "Internal error",
    5001: "Service is under maintenance", 5002: "Internal timeout",
}  # fmt: skip


def refused_with(code: int, *, on: Lane = "submit", times: int = 1) -> Fault:
    """The vendor's own refusal with this code, on any lane."""
    body = {"code": code, "message": WORDS[code], "request_id": "6f1c0c1e-0000-4000-8000-000000000000"}
    return Fault.status(HTTP_OF[code], body, on=on, times=times)

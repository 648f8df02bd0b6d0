"""The body of an answer that is not a meeting → what it says, in whichever of its many shapes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from ._response import LONGEST_SALVAGE, Response, holds_json, parsed
from ._secrets import mask_text

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LONGEST = 300
_DAILY_LIMIT = re.compile(r"daily rate limit|daily (?:meeting )?limit", re.IGNORECASE)
_TOO_MANY = re.compile(r"too ?many ?requests", re.IGNORECASE)


@frozen
class ErrorBody:
    """What an answer says went wrong.

    `message` is short and printable; `fields` has messages by property; `code` is the body's own code; `gateway` tells
    that the gateway wrote it and not the service.
    """

    message: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(factory=dict)
    code: int | None = None
    gateway: bool = False

    @property
    def daily_limit(self) -> bool:
        """Whether Zoom says that its limit of meetings a day is reached."""
        return bool(_DAILY_LIMIT.search(self.message))

    @property
    def too_many(self) -> bool:
        """Whether Zoom's limit of requests a second shows through."""
        return bool(_TOO_MANY.search(self.message))


def read_error_body(answer: Response) -> ErrorBody:
    """What the body says: bare text, a JSON string, fields, problem+json (RFC 9457), Zoom's, the gateway's, HTML."""
    text = mask_text(answer.text[:LONGEST_SALVAGE])
    value = parsed(text)
    if isinstance(value, dict):
        return _from_object(value, answer)
    if isinstance(value, str):
        text = value
    elif title := _TITLE.search(text):
        text = f"a web page titled {title[1]}"
    elif isinstance(value, list) or holds_json(text):
        text = "(JSON without a message)"
    return ErrorBody(message=printable(text))


def in_band_failure(answer: Response) -> ErrorBody | None:
    """The failure that a 2xx reports in its body, as sibling operations do; None if it reports none.

    A body that has a meeting's id is a meeting, whatever else it says.
    """
    value = answer.value
    if not isinstance(value, dict):
        # Zoom's limits are told in so many words, too; nothing else that is not an object can be relied on.
        refusal = read_error_body(answer)
        return refusal if refusal.daily_limit or refusal.too_many else None
    if any(
        isinstance(place, dict) and (place.get("id") or place.get("joinUrl")) for place in (value, value.get("data"))
    ):
        return None
    code = _code(value)
    failed = str(value.get("status")).lower() in ("fail", "failed", "error") or (code is not None and code >= 400)
    return read_error_body(answer) if failed or isinstance(value.get("error"), str) else None


def printable(text: str) -> str:
    """A server's text in one line, without control characters, cut to 300 characters."""
    line = " ".join(text[: 4 * _LONGEST].split())
    line = "".join(character if character.isprintable() else "�" for character in line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _code(value: Mapping[str, Any]) -> int | None:
    """The code of a body, under any of the names in use."""
    for name in ("statusCode", "code", "status"):
        code = value.get(name)
        if isinstance(code, int) and not isinstance(code, bool):
            return code
    # OAuth's errors (RFC 6749, section 5.2) belong to a status 400.
    oauth = str(value.get("error")).startswith(("invalid_", "unauthorized_", "unsupported_"))
    return 400 if oauth else None


def _from_object(value: Mapping[str, Any], answer: Response) -> ErrorBody:
    """What an object says."""
    fields = _fields(value)
    texts = [value.get(name) for name in ("message", "detail", "title", "error_description", "error")]
    message = next((text for text in texts if text and isinstance(text, str)), "")
    # The gateway's form is {"statusCode": …, "message": …}; what the service writes is marked as ASP.NET's.
    gateway = value.get("statusCode") == answer.status and "x-powered-by" not in answer.headers
    listed = "; ".join(f"{name}: {' '.join(messages)}".removeprefix(": ") for name, messages in fields.items())
    return ErrorBody(printable(f"{message} {listed}"), fields, _code(value), gateway)


def _fields(value: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Messages by property: of problem+json's and Zoom's ``errors``, or of an object of lists."""
    fields: dict[str, list[str]] = {}
    for name, message in _messages(value.get("errors", value)):
        # What is not text is data and no message; it may hold secrets.
        if isinstance(message, str):
            fields.setdefault(printable(name), []).append(printable(message))
    return {name: tuple(messages) for name, messages in fields.items()}


def _messages(errors: Any) -> Iterator[tuple[str, Any]]:
    """The pairs of property and message in either form."""
    if isinstance(errors, list):
        yield from ((str(item.get("field", "")), item.get("message")) for item in errors if isinstance(item, dict))
    elif isinstance(errors, dict):
        for name, messages in errors.items():
            yield from ((name, message) for message in (messages if isinstance(messages, list) else ()))

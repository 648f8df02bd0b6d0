"""The body of an answer that is not a meeting → what it says, in whichever of its many shapes."""

import re
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ._read import Answer, decoded, parsed

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LONGEST = 300
_DAILY_LIMIT = re.compile(r"daily rate limit|daily (?:meeting )?limit", re.IGNORECASE)
_TOO_MANY = re.compile(r"too ?many ?requests", re.IGNORECASE)


@frozen
class Refusal:
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


def read_refusal(answer: Answer) -> Refusal:
    """What the body says: bare text, a JSON string, fields, problem+json (RFC 9457), Zoom's, the gateway's, HTML."""
    text = decoded(answer)
    value = parsed(text)
    if isinstance(value, dict):
        return _from_object(value, answer)
    if isinstance(value, str):
        text = value
    if "<" in text and (title := _TITLE.search(text)):
        text = f"a web page titled {title[1]}"
    return Refusal(message=printable(text))


def in_band_failure(answer: Answer) -> Refusal | None:
    """The failure that a 2xx reports in its body, as sibling operations do; None if it reports none.

    A body that has a meeting's id is a meeting, whatever else it says.
    """
    value = parsed(decoded(answer))
    if not isinstance(value, dict) or value.get("id") or value.get("joinUrl"):
        return None
    code = _code(value)
    failed = str(value.get("status", "")).lower() in ("fail", "failed", "error") or (code or 0) >= 400
    return _from_object(value, answer) if failed or isinstance(value.get("error"), str) else None


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
    return None


def _from_object(value: Mapping[str, Any], answer: Answer) -> Refusal:
    """What an object says."""
    fields = _fields(value)
    texts = [value[name] for name in ("message", "detail", "title", "error_description", "error") if value.get(name)]
    message = next((text for text in texts if isinstance(text, str)), "")
    # The gateway's form is {"statusCode": …, "message": …}; what the service writes is marked as ASP.NET's.
    gateway = value.get("statusCode") == answer.status and "x-powered-by" not in answer.headers
    if fields:
        listed = "; ".join(
            f"{name}: {' '.join(messages)}" if name else " ".join(messages) for name, messages in fields.items()
        )
        message = f"{message} {listed}" if message else listed
    return Refusal(message=printable(message), fields=fields, code=_code(value), gateway=gateway)


def _fields(value: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Messages by property: of problem+json's and Zoom's ``errors``, or of an object of lists."""
    errors = value.get("errors", value)
    if isinstance(errors, list):
        pairs = [(str(item.get("field", "")), [item.get("message", "")]) for item in errors if isinstance(item, dict)]
    elif isinstance(errors, dict):
        pairs = [(name, messages) for name, messages in errors.items() if isinstance(messages, list)]
    else:
        pairs = []
    return {printable(name): tuple(printable(str(message)) for message in messages) for name, messages in pairs}

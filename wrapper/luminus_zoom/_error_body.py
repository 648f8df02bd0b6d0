"""The body of an answer that is not a meeting → what it says, in whichever of its many forms, and what that means."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from attrs import field, frozen

from . import errors
from ._response import (
    ENVELOPES,
    LONGEST_SALVAGE,
    Response,
    fragments,
    has_new_property,
    holds_json,
    is_identified,
    located,
    parsed,
    plain_members,
)
from ._secrets import mask_text

DEEPEST = 4
"""Levels of objects and arrays in which an error is looked for."""
MOST = 50
"""Members of an array or an object that are looked at below the first level."""
_LONGEST = 300

# Names as `plain_name` has them. The tests' table IN_BAND tells which APIs use them.
MESSAGES = (
    *("message", "msg", "detail", "title", "errordescription", "errormessage", "errmsg", "errormsg", "error", "fault"),
    *("exception", "faultstring", "exceptionmessage", "reason", "description", "details", "returnmsg", "errorsummary"),
)
CODES = (
    *("statuscode", "code", "status", "errorcode", "errcode", "errno", "error", "resultcode", "returncode", "retcode"),
    *("ret", "responsecode", "httpstatus", "httpstatuscode", "httpcode", "faultcode", "errornumber", "subcode"),
)
OAUTH = frozenset(
    (
        *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client"),
        *("unsupported_grant_type", "invalid_token", "insufficient_scope"),
    )
)
"""The errors of RFC 6749, section 5.2, and RFC 6750, section 3.1: they belong to a 400, 401 or 403."""
SUCCESS_FLAGS = frozenset(("success", "ok", "issuccess", "succeeded", "successful", "issuccessful", "isok"))
STATES = frozenset(("status", "stat", "result", "outcome", "state", "ack", "type", *CODES))
"""Properties whose text may be a word for failure."""
HOLDERS = ENVELOPES | {
    *("meta", "status", "responsestatus", "baseresp", "header", "head", "error", "errors", "odataerror", "fault")
}
"""Properties whose object may hold the code and the message of an error."""
FIELD_NAMES = ("field", "propertyname", "property", "parameter", "param", "target", "path", "name")

_ERROR_MEMBER = re.compile(r'"(?:code|status\w*|success|message|msg|err\w*)"\s*+:', re.IGNORECASE)
_ERROR_NAME = re.compile(r"^err|error|exception|(?<!de)fault|modelstate|^(?:is|has)?fail")
# A word for failure is none in "no error".
_NO_FAILURE = re.compile(r"\b(?:no|without|0|zero)[ _-](?:errors?|failures?|problems?|exceptions?)\b", re.IGNORECASE)
_FAILURE = re.compile(
    r"(?<![a-z])(?:fail|err(?:or)?s?(?![a-z])|exception|fault(?![a-z])|denied|reject|refus|invalid|expired|forbidden"
    r"|not[ _-]?(?:authori[sz]ed|allowed|permitted|found|valid|supported|available|success|exist|created|be\b|ok\b)"
    r"|un(?:authori[sz]ed|authenticated|able|successful|available)|does ?n[o']t|can(?:no|')t|could ?n[o']t|already"
    r"|k\.?o(?![a-z])|nok(?![a-z])|missing|required|conflict|time[ds]?[ _-]?out|bad[ _-]?request|exceed|exhausted)"
    r"|[a-z](?:Error|Exception|Fail(?:ed|ure)?)(?![a-z])|失败|错误|无效",
    re.IGNORECASE,
)
_SUCCESS = re.compile(
    r"\s*(?:(?:ok|okay|done|成功|(?:\w+ ){0,4}(?:success\w*|succeeded|created|accepted|completed))\b"
    r"|(?:none|null|false|no|n/a|undefined)\s*$)",
    re.IGNORECASE,
)

_RATE_LIMIT = re.compile(
    r"too[ _-]?many[ _-]?(?:[a-z]+[ _-])?requests|throttl|over_query_limit|resource_exhausted|\bqps\b|call volume"
    r"|(?:rate|request|call|api|frequency|per[ -](?:second|minute|hour|day))[ _-]?limit"
    r"|maximum number of (?:\w+ ){0,4}requests|quota (?:\w+ ){0,2}(?:exceeded|reached)|exceeded (?:\w+ ){0,4}quota"
    r"|exceed\w*\W+(?:\w+\W+){0,5}(?:requests|calls|queries)(?: |/)?(?:per|an?|every)? ?(?:second|minute|hour|day)",
    re.IGNORECASE,
)
_DAILY_LIMIT = re.compile(r"\bdaily[ _-](?:[a-z]+[ _-]){0,3}(?:limit|quota|maximum)", re.IGNORECASE)
_A_DAY = re.compile(r"\b(?:per|an?|each|every|one) day\b|\b00:00(?::00)? (?:GMT|UTC)|GMT 00:00", re.IGNORECASE)
_CEILING = re.compile(r"\b(?:limit|maximum|quota|exceed|reached)", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:meetings|requests|calls)\b", re.IGNORECASE)

_TITLE = re.compile(r"<title\b[^<>]*+>([^<]*+)", re.IGNORECASE)

Speaker = Literal["service", "gateway", "front end"]


@frozen
class ErrorBody:
    """What an answer says went wrong.

    `message` is short and printable; `fields` has messages by property; `code` is the body's own code; `speaker` tells
    who wrote it: the service, the gateway (API Management), or a front end that answers with web pages (a proxy, a
    firewall, a sign-in page). `limit` is one of Zoom's limits: of requests a second, or of meetings a day.
    """

    message: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(factory=dict)
    code: int | None = None
    speaker: Speaker = "service"
    limit: Literal["rate", "daily"] | None = None


def read_error_body(answer: Response) -> ErrorBody:
    """What the body says: text, a JSON string, fields, problem+json (RFC 9457), Zoom's, the gateway's, a web page, …"""
    text = mask_text(answer.text[:LONGEST_SALVAGE])
    value = parsed(text)
    shown = value if isinstance(value, str) else text
    html = "html" in str(answer.headers.get("content-type")).lower()
    if answer.is_page or (html and not answer.body):
        return ErrorBody(_titled(shown) if answer.body else "", speaker="front end")
    if isinstance(value, dict | list):
        return _from_json(value, answer)
    message = printable("(JSON without a message)" if value is None and holds_json(text) else shown)
    return ErrorBody(message, limit=_limit(message, None, answer))


def in_band_failure(answer: Response, sent: Collection[str] = ()) -> ErrorBody | None:
    """The failure that a 2xx reports in its body; None if it reports none, or if it shows what only a meeting has.

    `sent` has the wire names that the request set.
    """
    found = located(answer.value)
    if found is not None and is_identified(found[0], sent):
        return None
    problem = "problem+" in str(answer.headers.get("content-type")).lower()
    if answer.is_fragment or not (problem or tells_failure(answer.value or answer.text[:LONGEST_SALVAGE])):
        return None
    told = read_error_body(answer)
    # A web page tells nothing of the service. Its words are for people who browse.
    return None if told.speaker == "front end" else told


def shows_meeting(answer: Response, sent: Collection[str]) -> bool:
    """Whether a 2xx answer shows that a meeting was created: an id, a join link, or a property that was not `sent`.

    Where the body tells of a failure, only what identifies a meeting counts: the e-mail address, name, topic or user
    of an error are generic, and may be about the request.
    """
    damaged = answer.is_fragment and not answer.is_page
    value = fragments(answer.text) if damaged else answer.value
    found = located(value)
    if found is None:
        return False
    # Of a damaged body, the part that tells of the failure may be missing.
    failed = _ERROR_MEMBER.search(answer.text[:LONGEST_SALVAGE]) if damaged else None
    return is_identified(found[0], sent) or (
        has_new_property(found[0], sent) and failed is None and not tells_failure(value)
    )


def error_class(answer: Response, told: ErrorBody) -> type[errors.ZoomError]:
    """The exception class for an answer that is no meeting."""
    if answer.status == 403 and told.speaker == "gateway" and "quota" in told.message.lower():
        return errors.QuotaExceededError
    # Zoom's own limits turn up under any status.
    if told.limit:
        return errors.DailyLimitError if told.limit == "daily" else errors.RateLimitError
    if 200 <= answer.status < 300:
        return errors.InBandFailureError
    if answer.status == 401:
        # The gateway may also be set to check tokens, and answers in the same form then.
        challenge = str(answer.headers.get("www-authenticate")).lower()
        if "azureapimanagementkey" in challenge or "subscription key" in told.message.lower():
            return errors.InvalidSubscriptionKeyError
        unclear = told.speaker == "front end" and "bearer" not in challenge
        return errors.AuthenticationError if unclear else errors.InvalidTokenError
    if answer.status == 403 and told.speaker == "gateway":
        return errors.AddressForbiddenError
    return BY_STATUS.get(answer.status) or BY_HUNDRED.get(answer.status // 100, errors.UnexpectedStatusError)


def outcome_of(answer: Response, told: ErrorBody) -> errors.Outcome:
    """What became of the meeting. Nothing but a 4xx, as status or as the body's own code, says that there is none.

    Codes of other kinds do not: Zoom's 124 ("Invalid access token.") may come after LumiNUS stored its own record.
    A limit without a code is Zoom's 429.
    """
    code = answer.status
    if 200 <= code < 300:
        code = (429 if told.limit else 0) if told.code is None else told.code
    return errors.Outcome.REJECTED if 400 <= code < 500 else errors.Outcome.UNKNOWN


BY_STATUS: dict[int, type[errors.ZoomError]] = {
    400: errors.BadRequestError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    415: errors.UnsupportedMediaTypeError,
    429: errors.RateLimitError,
}
BY_HUNDRED: dict[int, type[errors.ZoomError]] = {4: errors.RejectedError, 5: errors.ServerError}


def printable(text: str) -> str:
    """A server's text in one line, without control characters, cut to 300 characters."""
    line = " ".join(text[: 4 * _LONGEST].split())
    line = "".join(character if character.isprintable() else "�" for character in line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def tells_failure(value: Any, depth: int = 0) -> bool:
    """Whether a 2xx body tells of a failure: by a flag, a word, a code, an error member, its message, or its fields."""
    if isinstance(value, str):
        return _is_failure(value[:LONGEST_SALVAGE])
    if depth > DEEPEST or not isinstance(value, dict | list):
        return False
    if isinstance(value, list):
        return any(tells_failure(item, depth + 1) for item in value[:MOST])
    members = plain_members(value)
    nested = HOLDERS & members.keys()
    message = _message(value)
    return (
        _is_failure(message)
        or _has_fields(value)
        or any(_member_tells(name, member, message) for name, member in members.items())
        or any(isinstance(inner := members[name], dict) and tells_failure(inner, depth + 1) for name in nested)
    )


def _member_tells(name: str, member: Any, message: str) -> bool:
    """Whether one property, whose name is plain, tells of a failure."""
    if _ERROR_NAME.search(name):
        return _is_error(member)
    text = str(member).lower() if isinstance(member, bool | int | float | str) else ""
    if (text == "false" and name in SUCCESS_FLAGS | STATES) or (text in ("0", "no") and name in SUCCESS_FLAGS):
        return True
    code = _number(member) if name in CODES else None
    if code is None:
        # A word for failure, or a code in words such as A0400, which says nothing without a message.
        named = name == "code" and text != "" and message != "" and not _is_success(text)
        return name in STATES and isinstance(member, str) and (_is_failure(member) or named)
    # {"status": 1} is how PHP's APIs write true.
    if _is_good(code) or _is_success(message) or (name == "status" and code == 1):
        return False
    return code >= 400 or code < 0 or message != ""


def _is_error(member: Any, depth: int = 0) -> bool:
    """Whether an error member is filled: APIs also send null, empty, 0, or the words and code of success."""
    if isinstance(member, dict | list):
        inner = member.values() if isinstance(member, dict) else member
        return depth < DEEPEST and any(_is_error(value, depth + 1) for value in islice(inner, MOST))
    if (code := _number(member)) is not None:
        return not _is_good(code)
    return bool(member.strip()) and not _is_success(member) if isinstance(member, str) else bool(member)


def _has_fields(value: Mapping[str, Any]) -> bool:
    """Whether an object has nothing but lists of texts: ASP.NET's SerializableError, messages by property."""
    return bool(value) and all(
        isinstance(member, list) and member and all(isinstance(text, str) for text in member)
        for member in value.values()
    )


def _is_failure(text: str) -> bool:
    """Whether a text has a word for failure."""
    text = _NO_FAILURE.sub("", text[: 4 * _LONGEST])
    return bool(_FAILURE.search(text) or _RATE_LIMIT.search(text) or _is_daily(text))


def _is_success(text: Any) -> bool:
    """Whether a text says that all is well."""
    return isinstance(text, str) and bool(_SUCCESS.match(text) or _NO_FAILURE.search(text)) and not _is_failure(text)


def _number(value: Any) -> int | None:
    """A code as a number, also where it is written as a text."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"-?\d{1,18}", value.strip(), re.ASCII) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_good(code: int) -> bool:
    """Whether a code is one of success: 0, or HTTP's."""
    return code == 0 or 200 <= code < 300


def _codes(value: Any, depth: int = 0) -> Iterator[int]:
    """The codes of a body, under any of the names in use, the outer ones first."""
    if depth > DEEPEST:
        return
    for item in value[:MOST] if isinstance(value, list) else ():
        yield from _codes(item, depth + 1)
    members = plain_members(value)
    yield from (code for name in CODES if (code := _number(members.get(name))) is not None)
    for name in sorted(HOLDERS & members.keys()):
        yield from _codes(members[name], depth + 1)


def _code(value: Any) -> int | None:
    """The code of a body. One of success does not hide that of an error within."""
    codes = list(_codes(value))
    oauth = isinstance(value, dict) and str(value.get("error")) in OAUTH
    failing = (code for code in codes if not _is_good(code))
    return next(failing, 400 if oauth else next(iter(codes), None))


def _from_json(value: Any, answer: Response) -> ErrorBody:
    """What an object or an array says."""
    fields = _fields(value)
    # An array is listed by its fields.
    message, code = "" if isinstance(value, list) else _message(value), _code(value)
    # The gateway's form is {"statusCode": …, "message": …}; what the service writes is marked as ASP.NET's.
    own = isinstance(value, dict) and value.get("statusCode") == answer.status
    speaker: Speaker = "gateway" if own and "x-powered-by" not in answer.headers else "service"
    listed = "; ".join(f"{name}: {' '.join(texts)}".removeprefix(": ") for name, texts in fields.items())
    said = printable(f"{message} {listed}")
    if not said and isinstance(value, list):
        said = "(JSON without a message)"
    return ErrorBody(said, fields, code, speaker, _limit(said, code, answer))


def _message(value: Any, depth: int = 0) -> str:
    """The first text under one of the names that messages have, also within an error object."""
    if isinstance(value, str):
        return value
    if depth > DEEPEST or not isinstance(value, dict | list):
        return ""
    if isinstance(value, list):
        return next(filter(None, (_message(item, depth + 1) for item in value[:MOST])), "")
    members = plain_members(value)
    if members.keys() == {"lang", "value"}:  # a message of OData 2
        return str(members["value"])
    # Lists of texts are messages in a member for errors, and data elsewhere. The outermost ``errors`` is one of fields.
    named = [name for name in MESSAGES if name in members]
    holders = [name for name in sorted(HOLDERS & members.keys()) if isinstance(members[name], dict)]
    listed = ["errors"] if depth and "errors" in members else []
    return next(filter(None, (_message(members[name], depth + 1) for name in (*named, *listed, *holders))), "")


def _fields(value: Any) -> dict[str, tuple[str, ...]]:
    """Messages by property: of problem+json's and Zoom's ``errors``, of ASP.NET's ``ModelState``, or of an object."""
    members = plain_members(value)
    listed = next((members[name] for name in ("errors", "modelstate", "validationerrors") if name in members), None)
    fields: dict[str, list[str]] = {}
    for name, message in islice(_messages(value if listed is None else listed, own=listed is not None), MOST):
        fields.setdefault(printable(name), []).append(printable(message))
    return {name: tuple(messages) for name, messages in fields.items()}


def _messages(value: Any, *, own: bool) -> Iterator[tuple[str, str]]:
    """The pairs of property and message; `own` tells that the value is there for nothing but messages.

    What is not text is data and no message; it may hold secrets. So may what stands outside a member for errors.
    """
    if isinstance(value, dict):
        for name, texts in value.items():
            if own or isinstance(texts, list):
                yield from ((name, text) for text in _texts(texts, own=own))
        return
    for item in value[:MOST] if isinstance(value, list) else [value]:
        members = plain_members(item)
        about = next((members[name] for name in FIELD_NAMES if isinstance(members.get(name), str)), "")
        yield from ((about, text) for text in _texts(item, own=True))


def _texts(value: Any, *, own: bool) -> Iterator[str]:
    """The texts of a list, or the one of anything else."""
    for item in value[:MOST] if isinstance(value, list) else [value]:
        if text := item if isinstance(item, str) else _message(item) if own else "":
            yield text


def _titled(page: str) -> str:
    """A web page, told by its title. Nothing else of it is for people who call an API."""
    from html import unescape  # Takes long to import.

    title = _TITLE.search(page)
    shown = printable(mask_text(unescape(title[1]))) if title else ""
    return f"a web page titled {shown}" if shown else "a web page without a title"


def _limit(text: str, code: int | None, answer: Response) -> Literal["rate", "daily"] | None:
    """The limit that an answer is about, by its words, its code, or Zoom's header for the kind of a limit."""
    kind = str(answer.headers.get("x-ratelimit-type")).lower()
    limited = 429 in (code, answer.status) or bool(_RATE_LIMIT.search(text))
    if _is_daily(text) or (limited and "daily" in kind):
        return "daily"
    return "rate" if limited else None


def _is_daily(text: str) -> bool:
    """Whether a text tells of a limit a day."""
    counted = _A_DAY.search(text) and _CEILING.search(text) and _COUNTED.search(text)
    return bool(_DAILY_LIMIT.search(text) or counted)

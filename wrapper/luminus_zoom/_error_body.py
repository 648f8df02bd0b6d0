"""The body of an answer that is not a meeting → what it says, in whichever of its many forms, and what that means."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from attrs import field, frozen

from . import errors
from ._response import (
    LONGEST_SALVAGE,
    MOST_MEMBERS,
    PROPERTIES,
    Response,
    holds_json,
    is_identified,
    parsed,
    plain_members,
)
from ._secrets import mask_text

LEVELS = 7  # of objects and arrays in which an error is looked for
MOST_ITEMS = 20  # of an array that are looked at, so that what follows the array is looked at, too
MOST_FIELDS = 50
LONGEST_TEXT = 1200
LONGEST_SHOWN = 300

# Paths and names as `_pairs` has them; the tests' table FAILURES_IN_BAND tells which APIs use them. A message's names
# are in the order of preference; an array of texts has none.
_MESSAGE = re.compile(
    r"(?:.*\.)?\w*?(?:(message|msg)|(detail|description|summary|faultstring)|(title|reason)|(error|fault|exception))s?|()"
)
_CODE = re.compile(
    r".*\.(?:(?:http|api|sub|\w*(?:err(?:or)?|status|result|ret(?:urn)?|response|fault))?code"
    r"|(?:http)?status|err(?:or)?(?:no|number)?|ret)"
)
_STATE = re.compile(rf".*\.(?:\w*status|stat|result|outcome|state|ack|type)|{_CODE.pattern}")
_FLAG = re.compile(r".*\.(?:is|was)?(?:success(?:ful)?|succeeded|ok|valid|created|accepted)")
_ERROR = re.compile(r".*(?:\.err|error|exception|(?<!de)fault|modelstate|\.(?:is|has)?fail)")
_ERROR_MEMBER = re.compile(r'"(?:code|status\w*|success|message|msg|err\w*)"\s*+:', re.IGNORECASE)
FIELD_NAMES = ("field", "propertyname", "property", "parameter", "param", "target", "path", "name")

# The errors of RFC 6749, section 5.2, and RFC 6750, section 3.1: they belong to a 400, 401 or 403.
_OAUTH = re.compile(r"invalid_(request|client|grant|scope|token)|un\w+_(client|grant_type)|insufficient_scope")
_RATE = re.compile(
    r"too[ _-]?many[ _-]?(?:[a-z]+[ _-])?requests|throttl|resource_exhausted|\bqps\b|call volume"
    r"|(?:rate|request|call|api|query|frequency|per[ -](?:second|minute|hour|day))[ _-]?limit"
    r"|quota (?:\w+ ){0,2}(?:exceeded|reached)|exceeded (?:\w+ ){0,4}quota"
    r"|(?:maximum number of|exceed\w*) (?:[\w/-]+ ){0,6}(?:requests|calls|queries)\b",
    re.IGNORECASE,
)
_DAILY = re.compile(
    r"\bdaily[ _-](?:[a-z]+[ _-]){0,3}(?:limit|quota|maximum)"
    r"|\A(?=.*(?:\b(?:per|an?|each|every|one) day\b|\b00:00(?::00)? (?:GMT|UTC)|GMT 00:00))"
    r"(?=.*\b(?:limit|maximum|quota|exceed|reached))(?=.*\b(?:meetings|requests|calls)\b)",
    re.IGNORECASE | re.DOTALL,
)
_NO_FAILURE = r"\b(?:no|without|0|zero)[ _-](?:errors?|failures?|problems?|exceptions?)\b"
_FAILURE = re.compile(
    rf"(?:{_NO_FAILURE}|.)*?(?:fail|error|exception|(?<![a-z])(?:errs?(?![a-z])|fault|denied|reject|refus|invalid|expired"
    r"|forbidden|not[ _-]?(?:authori[sz]ed|allowed|permitted|found|valid|supported|available|success|exist|created|be\b)"
    r"|un(?:authori[sz]ed|authenticated|able|successful|available)|does ?n[o']t|can(?:no|')t|could ?n[o']t|already"
    r"|k\.?o(?![a-z])|n(?:ot )?ok(?![a-z])|missing|required|conflict|time[ds]?[ _-]?out|bad[ _-]?request|exceed"
    rf"|exhausted)|失败|错误|无效|{_RATE.pattern})|{_DAILY.pattern}",
    re.IGNORECASE | re.DOTALL,
)
_SUCCESS = re.compile(
    r"(?:0+|2\d\d|none|null|false|no|n/a|undefined)\Z"
    rf"|(?:ok|okay|done|成功|(?:\w+ ){{0,4}}(?:success\w*|succeeded|created|accepted|completed))\b|.*{_NO_FAILURE}",
    re.IGNORECASE | re.DOTALL,
)
_BAD_CODE = re.compile(r"-\d+|[4-9]\d\d|[1-9]\d{3,}")
_UNSET = re.compile(r"None|0001-01-.*|[0-]{36}|\s*", re.DOTALL)
_TITLE = re.compile(r"<title\b[^<>]*+>([^<]*+)", re.IGNORECASE)

Speaker = Literal["service", "gateway", "front end"]
Pairs = list[tuple[str, Any]]
"""The scalars of a JSON value, the outer ones first, each after its path: plain names, each after a dot."""


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
    said = value if isinstance(value, str) else text
    html = "html" in str(answer.headers.get("content-type")).lower()
    if answer.is_page or (html and not answer.body):
        return ErrorBody(_titled(said) if answer.body else "", speaker="front end")
    pairs, fields = _pairs(value), _fields(value)
    code = _code(pairs)
    if isinstance(value, dict | list):
        listed = "; ".join(f"{name}: {' '.join(texts)}".removeprefix(": ") for name, texts in fields.items())
        message = _message(pairs)
        said = listed if message in listed else f"{message} {listed}"
    if (value is None and holds_json(text)) or (isinstance(value, list) and not said):
        said = "(JSON without a message)"
    said = printable(said)
    # The gateway's form is {"statusCode": …, "message": …}; what the service writes is marked as ASP.NET's.
    own = isinstance(value, dict) and value.get("statusCode") == answer.status
    speaker: Speaker = "gateway" if own and "x-powered-by" not in answer.headers else "service"
    limited = 429 in (code, answer.status) or _RATE.search(said)
    # Zoom's header for the kind of a limit.
    daily = _DAILY.search(said) or (limited and "daily" in str(answer.headers.get("x-ratelimit-type")).lower())
    return ErrorBody(said, fields, code, speaker, "daily" if daily else "rate" if limited else None)


def in_band_failure(answer: Response, sent: Collection[str] = ()) -> ErrorBody | None:
    """The failure that a 2xx reports in its body; None if it reports none, or if it shows what only a meeting has.

    `sent` has the wire names that the request set.
    """
    found = answer.located
    if (found and is_identified(found[0], sent)) or answer.is_fragment or not _tells_failure(answer):
        return None
    told = read_error_body(answer)
    # A web page tells nothing of the service. Its words are for people who browse.
    return None if told.speaker == "front end" else told


def shows_meeting(answer: Response, sent: Collection[str]) -> bool:
    """Whether a 2xx answer shows that a meeting was created: an id, a join link, or a property that was not `sent`.

    Where the body tells of a failure, only what identifies a meeting counts: the e-mail address, name, topic or user
    of an error are generic, and may be about the request.
    """
    data = answer.located[0] if answer.located else {}
    if is_identified(data, sent):
        return True
    new = (data[name] for name in PROPERTIES & data.keys() - set(sent))
    # What .NET writes for "not set" shows nothing.
    shown = any(not isinstance(member, list | dict) and not _UNSET.fullmatch(str(member)) for member in new)
    return shown and not _tells_failure(answer)


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


def _titled(page: str) -> str:
    """A web page, told by its title. Nothing else of it is for people who call an API."""
    from html import unescape  # Takes long to import.

    title = _TITLE.search(page)
    shown = printable(mask_text(unescape(title[1]))) if title else ""
    return f"a web page titled {shown}" if shown else "a web page without a title"


def _pairs(value: Any) -> Pairs:
    """A JSON value as pairs. The items of an array have its path, and an object's ``value`` or ``text`` has that of
    the object: OData 2 writes {"message": {"lang": …, "value": …}}.
    """
    level: Pairs = [("", value)]
    found: Pairs = []
    for _ in range(LEVELS):
        found += [(path, item) for path, item in level if isinstance(item, str | int | float)]
        level = list(islice(_inner(level), MOST_MEMBERS))
    return found


def _inner(level: Pairs) -> Iterator[tuple[str, Any]]:
    for path, value in level:
        if isinstance(value, list):
            yield from ((path, item) for item in value[:MOST_ITEMS])
        for name, item in plain_members(value).items():
            yield (path if name in ("value", "text") else f"{path}.{name}"), item


def _message(pairs: Pairs) -> str:
    """The outermost text under one of the names that messages have, the best name first."""
    ranked = [
        (path.count("."), match.lastindex, text)
        for path, text in pairs
        if isinstance(text, str) and text.strip() and (match := _MESSAGE.fullmatch(_name(path)))
    ]
    return min(ranked, default=("", "", ""), key=lambda item: item[:2])[2]


def _code(pairs: Pairs) -> int | None:
    """The outermost code of a body. One of success does not hide that of an error within."""
    named = [(path, value) for path, value in pairs if _CODE.fullmatch(_name(path))]
    named.sort(key=lambda pair: (pair[0].count("."), pair[0].endswith("status")))
    codes = [code for _, value in named if (code := _number(value)) is not None]
    oauth = any(path == ".error" and _OAUTH.fullmatch(str(value)) for path, value in named)
    return next((code for code in codes if not _is_good(code)), 400 if oauth else next(iter(codes), None))


def _fields(value: Any) -> dict[str, tuple[str, ...]]:
    """Messages by property: of ``errors`` (problem+json, Zoom), of ASP.NET's ``ModelState``, or of the whole value.

    Elsewhere, what is not a list of texts is data and no message; it may hold secrets.
    """
    members = plain_members(value)
    listed = next((members[name] for name in ("errors", "modelstate", "validationerrors") if members.get(name)), None)
    own = listed is not None or isinstance(value, list)
    whole = value if listed is None else listed
    fields: dict[str, list[str]] = {}
    for name, texts in islice(whole.items(), MOST_FIELDS) if isinstance(whole, dict) else [("", whole)]:
        items = texts[:MOST_FIELDS] if isinstance(texts, list) else [texts] if own else []
        for item in items:
            members = plain_members(item)
            about = name or next((members[key] for key in FIELD_NAMES if isinstance(members.get(key), str)), "")
            if text := item if isinstance(item, str) else _message(_pairs(item)) if own else "":
                fields.setdefault(printable(about), []).append(printable(text))
    return {name: tuple(texts) for name, texts in fields.items()}


def _tells_failure(answer: Response) -> bool:
    """Whether a 2xx body tells of a failure: by a flag, a word, a code, an error member, its message, or its fields."""
    if answer.is_fragment:  # The part that tells of the failure may be missing.
        return _ERROR_MEMBER.search(answer.text[:LONGEST_SALVAGE]) is not None
    value = answer.value or answer.text[:LONGEST_SALVAGE]
    pairs = _pairs(value)
    message = value if isinstance(value, str) else _message(pairs)
    # ASP.NET's SerializableError has nothing but lists of texts, messages by property.
    fields = isinstance(value, dict) and all(
        isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts) for texts in value.values()
    )
    problem = "problem+" in str(answer.headers.get("content-type")).lower()
    return fields or problem or _is_failure(message) or any(_pair_tells(path, item, message) for path, item in pairs)


def _pair_tells(path: str, value: Any, message: str) -> bool:
    """Whether one scalar tells of a failure, beside the message of its body."""
    name, text, code = _name(path), str(value).strip().lower()[:_LONGEST], _number(value)
    good = _is_success(text) if code is None else _is_good(code)
    if _ERROR.search(path):
        return text != "" and not good
    if _FLAG.fullmatch(name):
        return text in ("false", "0", "no")
    if not _STATE.fullmatch(name):
        return False
    if code is None or not _CODE.fullmatch(name):
        # A code in words, such as A0400, says nothing without a message.
        return text == "false" or _is_failure(text) or (name == "code" and bool(text and message) and not good)
    # {"status": 1} is how PHP's APIs write true.
    if good or _is_success(message) or (name == "status" and code == 1):
        return False
    return code >= 400 or code < 0 or message != ""


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _is_failure(text: str) -> bool:
    """Whether a text has a word for failure."""
    text = _NO_FAILURE.sub("", text[: 4 * _LONGEST])
    return _FAILURE.search(text) is not None or _DAILY.search(text) is not None


def _is_success(text: str) -> bool:
    """Whether a text says that all is well."""
    return bool(_SUCCESS.match(text) or _NO_FAILURE.search(text)) and not _is_failure(text)


def _number(value: Any) -> int | None:
    """A code as a number, also where it is written as a text."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"\s*-?\d{1,18}\s*", value, re.ASCII) else None
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        return None
    return int(value)


def _is_good(code: int) -> bool:
    """Whether a code is one of success: 0, or HTTP's."""
    return code == 0 or 200 <= code < 300

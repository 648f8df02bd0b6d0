"""The body of an answer that is not a meeting → what it says, in its many forms, and which error that is."""

import re
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any, Literal

from attrs import field, frozen

from . import errors
from ._response import LONGEST_SALVAGE, PROPERTIES, Response, is_identified, parsed, plain_members
from ._secrets import mask_text

LEVELS = 7  # of objects and arrays in which an error is looked for
WIDEST = 300  # members of one level that are looked at
MOST_ITEMS = 30  # of an array that are looked at, so that what follows the array is looked at, too
LONGEST_TEXT = 1200
LONGEST_SHOWN = 300

# Paths and names as `_pairs` has them; the tests' table FAILURES_IN_BAND tells which APIs use them. A message's names
# are in the order of preference; an array of texts has none.
_MESSAGE = re.compile(
    r"(?:.*\.)?(?!has|is)\w*?"
    r"(?:(message|msg)|(detail|description|summary|faultstring)|(title|reason)|(error|err|fault|exception))s?|()"
)
_CODE = re.compile(
    r".*\.(?:(?:http|api|sub|\w*(?:err(?:or)?|status|res(?:ult)?|ret(?:urn)?|resp(?:onse)?|rsp|fault))?code"
    r"|(?:http)?status|err(?:or)?(?:no|number)?|ret|rc)"
)
_STATE = re.compile(rf".*\.(?:\w*status|stat|result|outcome|state|ack|type(?:name)?)|{_CODE.pattern}")
_FLAG = re.compile(r".*\.(?:is|was)?(?:success(?:ful|flag)?|succeeded|ok|valid|created|accepted|flag)")
_ERROR = re.compile(r".*(?:\.err|error|exception|(?<!de)fault|modelstate|fail|violation)")
_ERROR_MEMBER = re.compile(r'(?i)"(?:code|status\w*|success|message|msg|err\w*)"\s*+:')
FIELD_NAMES = ("field", "propertyname", "property", "parameter", "param", "target", "path", "name")

# The errors of RFC 6749, section 5.2, and RFC 6750, section 3.1: they belong to a 400, 401 or 403.
_OAUTH = re.compile(r"invalid_(request|client|grant|scope|token)|un\w+_(client|grant_type)|insufficient_scope")
_RATE = re.compile(
    r"(?i:too[ _-]?many[ _-]?(?:[a-z]+[ _-])?(?:requests|calls)|throttl|resource_exhausted|\bqps\b|call volume"
    r"|(?:rate|request|call|api|query|frequency|per[ -](?:second|minute|hour|day))[ _-]?limit"
    r"|\brate exceeded|quota (?:\w+ ){0,2}(?:exceeded|reached)|exceeded (?:\w+ ){0,4}quota"
    r"|(?:(?:maximum number|limit) of|exceed\w*) (?:[\w/-]+ ){0,6}(?:requests|calls|queries)\b)"
)
_DAILY = re.compile(
    r"(?is:\A(?=.*\b(?:daily|(?:per|an?|each|every|one) day|(?:in|within) 24 hours"
    r"|00:00(?::00)? (?:GMT|UTC)|GMT 00:00)\b)"
    r"(?=.*(?:limit|maximum|quota|exceed|reached))(?=.*\b(?:daily|meetings|requests|calls)\b))"
)
_NO_FAILURE = r"\b(?:no|without|0|zero)[ _-](?:errors?|failures?|problems?|exceptions?)\b"
# It passes over "no error" as a whole.
_FAILURE = re.compile(
    rf"(?is)(?>{_NO_FAILURE}|.)*?(?:fail|error|exception|失败|错误|无效|不存在|没有权限|无权"
    rf"|{_RATE.pattern}|{_DAILY.pattern}|(?<![a-z])(?:"
    r"not[ _-]?(?:authori[sz]ed|allowed|permitted|found|(?:an? )?valid|supported|available|success|exist|created"
    r"|provided)|un(?:authori[sz]ed|authenticated|able|successful|available|known|expected|supported)|does ?n[o']t"
    r"|can(?:no|')t|could ?n[o']t|already|missing|required|conflict|denied|reject|refus|forbidden|invalid|illegal"
    r"|incorrect|wrong|insufficient|expired|exceed|exhausted|time[ds]?[ _-]?out|bad[ _-]\w|badrequest|(?:errs?|fault"
    r"|k\.?o|n(?:ot )?ok|no (?:permission|access|rights?|such|api key|route)s?|not have|busy|again later|maintenance"
    r"|aborted|blocked)(?![a-z])))"
)
_SUCCESS = re.compile(
    r"(?is:(?:ok|okay|done|[^不未]{0,4}成功"
    rf"|(?:\w+ ){{0,4}}(?:success\w*|succeeded|created|accepted|completed|queued|scheduled))\b|.*{_NO_FAILURE})"
)
_GOOD = re.compile(rf"(?:0+|2\d\d|none|null|false|no|n/a|undefined)\Z|{_SUCCESS.pattern}", re.IGNORECASE)
_BAD_CODE = re.compile(r"-\d+|[4-9]\d\d|[1-9]\d{3,}")
_UNSET = re.compile(r"None|0001-01-.*|[0-]{36}|\s*", re.DOTALL)
_TITLE = re.compile(r"<title\b[^<>]*+>([^<]*+)", re.IGNORECASE)

Limit = Literal["rate", "daily"] | None
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
    speaker: Literal["service", "gateway", "front end"] = "service"
    limit: Limit = None


def read_error_body(answer: Response) -> ErrorBody:
    """What the body says: text, a JSON string, fields, problem+json (RFC 9457), Zoom's, the gateway's, a web page, …"""
    text = mask_text(answer.text[:LONGEST_SALVAGE])
    value = parsed(text)
    said = value if isinstance(value, str) else text
    html = "html" in str(answer.headers.get("content-type")).lower()
    if answer.is_page or (html and not answer.body):
        from html import unescape  # Takes long to import.

        # Nothing else of a web page is for people who call an API.
        title = printable(mask_text(unescape("".join(_TITLE.findall(said)[:1]))))
        page = f"a web page titled {title}" if title else "a web page without a title"
        return ErrorBody(page if answer.body else "", speaker="front end")
    pairs, fields = _pairs(value), _fields(value)
    code = _code(pairs)
    if isinstance(value, dict | list):
        listed = "; ".join(f"{name}: {' '.join(texts)}".removeprefix(": ") for name, texts in fields.items())
        message = _message(pairs)
        said = listed if message in listed else f"{message} {listed}"
    if (value is None and (answer.is_fragment or answer.value is not None)) or (isinstance(value, list) and not said):
        said = "(JSON without a message)"
    said = printable(said)
    # The gateway's form is {"statusCode": …, "message": …}; what the service writes is marked as ASP.NET's.
    own = isinstance(value, dict) and value.get("statusCode") == answer.status and "x-powered-by" not in answer.headers
    limited = 429 in (code, answer.status) or _RATE.search(said)
    # Zoom has a header for the kind of a limit.
    daily = _DAILY.search(said) or (limited and "daily" in str(answer.headers.get("x-ratelimit-type")).lower())
    limit: Limit = "daily" if daily else "rate" if limited else None
    return ErrorBody(said, fields, code, "gateway" if own else "service", limit)


def in_band_failure(answer: Response, sent: Collection[str] = ()) -> ErrorBody | None:
    """The failure that a 2xx reports in its body; None if it reports none, or if it shows what only a meeting has."""
    if answer.is_fragment or (answer.located and is_identified(answer.located[0], sent)) or not _tells_failure(answer):
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
    new = (str(data[name]) for name in PROPERTIES & data.keys() - set(sent) if not isinstance(data[name], list | dict))
    # What .NET writes for "not set" shows nothing.
    return is_identified(data, sent) or (not all(map(_UNSET.fullmatch, new)) and not _tells_failure(answer))


def error_class(answer: Response, told: ErrorBody) -> type[errors.ZoomError]:
    """The exception class for an answer that is no meeting."""
    status, message, gateway = answer.status, told.message.lower(), told.speaker == "gateway"
    challenge = str(answer.headers.get("www-authenticate")).lower()
    key = "azureapimanagementkey" in challenge or "subscription key" in message
    rules = (
        (status == 403 and gateway and "quota" in message, errors.QuotaExceededError),
        # Zoom's own limits turn up under any status.
        (told.limit == "daily", errors.DailyLimitError),
        (told.limit == "rate" or status == 429, errors.RateLimitError),
        (status == 400, errors.BadRequestError),
        # The gateway may also be set to check tokens, and answers in the same form then.
        (status == 401 and key, errors.InvalidSubscriptionKeyError),
        (status == 401 and (told.speaker != "front end" or "bearer" in challenge), errors.InvalidTokenError),
        (status == 401, errors.AuthenticationError),
        (status == 403 and gateway, errors.AddressForbiddenError),
        (status == 403, errors.ForbiddenError),
        (status == 404, errors.NotFoundError),
        (status == 415, errors.UnsupportedMediaTypeError),
        (200 <= status < 300, errors.InBandFailureError),
        (400 <= status < 500, errors.RejectedError),
        (500 <= status < 600, errors.ServerError),
    )
    return next((kind for holds, kind in rules if holds), errors.UnexpectedStatusError)


def outcome_of(answer: Response, told: ErrorBody) -> errors.Outcome:
    """What became of the meeting. Nothing but a 4xx, as status or as the body's own code, says that there is none.

    Codes of other kinds do not: Zoom's 124 ("Invalid access token.") may come after LumiNUS stored its own record.
    A limit without a code is Zoom's 429.
    """
    code = answer.status
    if 200 <= code < 300:
        code = (429 if told.limit else 0) if told.code is None else told.code
    return errors.Outcome.REJECTED if 400 <= code < 500 else errors.Outcome.UNKNOWN


def printable(text: str) -> str:
    """A server's text in one line, without control characters, cut to 300 characters."""
    line = " ".join(text[:LONGEST_TEXT].split())
    line = "".join(character if character.isprintable() else "�" for character in line)
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"


def _pairs(value: Any) -> Pairs:
    """A JSON value as pairs. The items of an array have its path, and an object's ``value`` or ``text`` has that of
    the object: OData 2 writes {"message": {"lang": …, "value": …}}.
    """
    found: Pairs = []
    level: Pairs = [("", value)]
    for _ in range(LEVELS):
        inner: Pairs = []
        for path, item in level[:WIDEST]:
            if isinstance(item, list):
                inner += ((path, member) for member in item[:MOST_ITEMS])
            elif item is not None and not isinstance(item, dict):
                found.append((path, item[:LONGEST_TEXT].strip() if isinstance(item, str) else item))
            for name, member in plain_members(item).items():
                inner.append((path if name in ("value", "text") else f"{path}.{name}", member))
        level = inner
    return found


def _message(pairs: Pairs) -> str:
    """The outermost text under one of the names that messages have, the best name first."""
    found = [(path.count("."), match.lastindex, text) for path, text in pairs if (match := _MESSAGE.fullmatch(path))]
    texts = [item for item in found if item[2] and isinstance(item[2], str)]
    return min(texts, default=("", "", ""), key=lambda item: item[:2])[2]


def _code(pairs: Pairs) -> int | None:
    """The outermost code of a body. One of success does not hide that of an error within."""
    named = [(path.count("."), path.endswith("status"), str(value)) for path, value in pairs if _CODE.fullmatch(path)]
    codes = [text for *_, text in sorted(named, key=lambda item: item[:2]) if re.fullmatch(r"-?\d{1,99}(?:\.0)?", text)]
    oauth = ["400" for path, text in pairs if path == ".error" and _OAUTH.fullmatch(str(text))]
    first = next((text for text in codes if not _GOOD.match(text)), next(iter(oauth + codes), None))
    return None if first is None else int(first.removesuffix(".0"))


def _fields(value: Any) -> dict[str, tuple[str, ...]]:
    """Messages by property: of ``errors`` (problem+json, Zoom), of ASP.NET's ``ModelState``, or of the whole value.

    Elsewhere, what is not a list of texts is data and no message; it may hold secrets.
    """
    members = plain_members(value)
    listed = next((members[name] for name in ("errors", "modelstate", "validationerrors") if members.get(name)), None)
    own = listed is not None or isinstance(value, list)
    whole = value if listed is None else listed
    fields: dict[str, list[str]] = {}
    for name, texts in islice(whole.items(), MOST_ITEMS) if isinstance(whole, dict) else [("", whole)]:
        for item in texts[:MOST_ITEMS] if isinstance(texts, list) else [texts] if own else []:
            members = plain_members(item)
            about = name or next((members[key] for key in FIELD_NAMES if isinstance(members.get(key), str)), "")
            if text := item if isinstance(item, str) else _message(_pairs(item)) if own else "":
                fields.setdefault(printable(about), []).append(printable(text))
    return {name: tuple(texts) for name, texts in fields.items()}


def _tells_failure(answer: Response) -> bool:
    """Whether a 2xx body tells of a failure: by a flag, a word, a code, an error member, its message, or its fields."""
    if answer.is_fragment:  # The part that tells of the failure may be missing.
        return _ERROR_MEMBER.search(answer.text[:LONGEST_SALVAGE]) is not None
    value = answer.text if answer.value is None else answer.value
    pairs = _pairs(value)
    message = _message(pairs)
    # ASP.NET's SerializableError has nothing but lists of texts, messages by property.
    fields = isinstance(value, dict) and 0 < len(value) == len(_fields(value))
    problem = "problem+" in str(answer.headers.get("content-type")).lower()
    said = _FAILURE.match(message) is not None
    return fields or problem or said or any(_pair_tells(path, str(item).lower(), message) for path, item in pairs)


def _pair_tells(path: str, text: str, message: str) -> bool:
    """Whether one scalar tells of a failure, beside the message of its body."""
    failed, good = _FAILURE.match(text), _GOOD.match(text)
    if _ERROR.match(path):
        return text != "" and (failed is not None or good is None)
    if _FLAG.fullmatch(path):
        return text in ("false", "0", "no", "n")
    if not _STATE.fullmatch(path):
        return False
    if failed or text in ("false", "e", "n", "ng"):
        return True
    if good or not _CODE.fullmatch(path) or _SUCCESS.match(message):
        return False
    # A code such as A0400 or 3 says nothing without a message. {"status": 1} is how PHP's APIs write true.
    odd = text.isdigit() and text != "1" if path.endswith("status") else text != ""
    return _BAD_CODE.fullmatch(text) is not None or (odd and message != "")

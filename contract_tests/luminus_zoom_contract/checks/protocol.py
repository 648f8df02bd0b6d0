"""Checks of any answer: its status, headers and error body, the gateway's exact words, and what it must not tell."""

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from luminus_zoom_contract.cases.case import Case, Credentials
from luminus_zoom_contract.checks.http_layer import http_refusals
from luminus_zoom_contract.checks.response import Check
from luminus_zoom_contract.run.transport import UNPACKERS, HttpAnswer
from luminus_zoom_contract.spec.clauses import Clauses
from luminus_zoom_contract.spec.document import Json, NotJson, kind_of
from luminus_zoom_contract.spec.operations import Operation

_INTERNALS: Final = re.compile(
    # Stack traces and panics: .NET, Java, Python, JavaScript, Ruby, PHP, Go, Rust.
    r"\bat [\w.$<>]+[.(][\w<>`$]+\(|\bat .+:\d+:\d+\)|Traceback \(most recent|File \"[^\"]+\", line \d|StackTrace|"
    r"\.(?:cs|vb|fs):line \d|\.(?:java|kt|scala|js|ts|rb|rs|go|py|php):\d+|\.php on line \d|\.py\", line|in <module>|"
    r"panicked at|\bpanic: |goroutine \d+|undefined method|Undefined (?:array key|variable|index)|NoMethodError|"
    # What their runtimes say of a value that is not there, and what IIS tells of a developer's disk.
    r"Object reference not set|Nullable object must|Sequence contains no|Cannot read propert|'NoneType' object|"
    r"Cannot insert (?:the value )?NULL|duplicate key value|=\?UTF-8\?B\?|"
    # Their classes and libraries.
    r"Exception\b|\b(?:Type|Key|Value|Reference|Attribute|Runtime|Syntax|Index)Error\b|\w+\.exceptions?\.\w+|"
    r"Microsoft\.\w+\.|System\.\w+\.|Newtonsoft\.|SqlClient|psycopg|sqlalchemy|pymongo|node_modules|"
    # Databases, files, addresses, the environment.
    r"SELECT .+ FROM|INSERT INTO|(?:KEY|UNIQUE|CHECK|FOREIGN) constraint|\bdbo\.|\bORA-\d|SQLSTATE|error at or near|"
    r"[A-Z]:\\\w+\\|/(?:home|usr|var|opt|srv)/\w+|(?:Server|Data Source)=[^;]+;|[a-z+]+://[^\s/@]+:[^\s/@]+@|"
    r"\b[A-Z][A-Z0-9_]*_(?:SECRET|KEY|TOKEN|PASSWORD|DSN|URL)=\S|0x[0-9a-f]{12}\b|"
    r"\b(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})\b"
)
_TYPE: Final = r"System(?:\.\w+)+(?:(?:`|\\u0060)\d\[[\w.,`\\\[\] ]*\])?"
_READER_SAYS: Final = re.compile(
    rf"The JSON value could not be converted to {_TYPE}|"
    r"(?:Error converting value .{0,500}? to|Cannot deserialize the current JSON \w+ \(e\.g\. .{1,40}?\) into) type "
    rf"(?:'|\\u0027){_TYPE}(?:'|\\u0027)",
    re.DOTALL,
)
"""How .NET's two JSON readers refuse a value, which a stock server sends on. They name the contract's own type as the
runtime spells it, which says nothing of the server's inside."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DATE: Final = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
_FORMS: Final = {
    "content-length": re.compile(r"\d+"),
    "content-type": re.compile(
        rf'{_WORD}/{_WORD}(?!.*charset=.*charset=)(?:[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|"[^"]*"))*[ \t]*;?', re.IGNORECASE
    ),
    "date": re.compile(_DATE),
    "location": re.compile(r"(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*", re.ASCII),
    "retry-after": re.compile(rf"\d+|{_DATE}"),
}
"""How the values of some headers are written (RFC 9110, 5.6.7, 8.3, 8.6, 10.2.2, 10.2.3)."""
_MEANINGFUL: Final = {"location": {201, 202}, "retry-after": {202, 403, 413, 429, 503}}
"""The statuses beside 3xx that these headers say something with."""
_KEPT: Final = re.compile(r"\bpublic\b|\b(?:s-maxage|max-age)=\"?0*[1-9]", re.IGNORECASE)
_NOT_KEPT: Final = re.compile(r"no-(?:store|cache)", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_MARKUP: Final = "<script>"
_ONCE: Final = ("content-length", "content-type", "date", "etag", "location", "retry-after")
_GATEWAY_403: Final = re.compile(r"Out of (call volume|bandwidth) quota\. Quota will be replenished in .+\.|Forbidden")
_TEXTS: Final = {"application/json", "text/json"}
_NO_REFUSALS: Final = {"", "ok", "success", "created", "null", "true", "undefined"}
_TOLD: Final = {400, 403}
"""Statuses of which this API's owners say that the body is a text."""
_SHORTEST_SECRET: Final = 6
_PART: Final = 8
"""Characters of a secret without words in it that no answer has by chance."""


MISSING_KEY: Final = (
    "Access denied due to missing subscription key. "
    "Make sure to include subscription key when making requests to an API."
)
INVALID_KEY: Final = (
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
)
NOT_FOUND: Final = "Resource not found"


class ProtocolChecks:
    """Judges what does not depend on what an answer is about."""

    def __init__(self, operation: Operation, clauses: Clauses, credentials: Credentials) -> None:
        self._clauses: Final = clauses
        self._operation: Final = operation
        self._key: Final = operation.scheme("apiKey", "header")[0]
        secrets = [value for _, value in credentials.secrets() if len(value) >= _SHORTEST_SECRET]
        self._secrets: Final = [
            *secrets,
            *(it for secret in secrets for it in (*_telling_parts(secret), *_coded(secret))),
        ]
        self._names: Final = {
            field.name: frozenset(field.schema.get("properties", ()))
            for field in operation.request_fields
            if field.type == "object"
        }
        every = map(re.escape, sorted(frozenset[str]().union(*self._names.values()), key=len, reverse=True))
        self._any_name: Final = re.compile(rf"\b(?:{'|'.join(every) or '(?!)'})\b")

    def check(self, case: Case, answer: HttpAnswer, said: Json | NotJson) -> Iterator[Check]:
        """Everything that any answer is held against; `said` is what its body decodes to."""
        text = answer.body.decode("utf-8", "replace")
        by_http = http_refusals(case.request)
        yield from self._status(answer, case.expect | by_http)
        yield from self._headers(case, answer, text)
        yield "error.no-internals", _header_fault(answer)
        if answer.status >= 400:
            yield from self._telling(case, answer, text)
        if answer.status in by_http:
            return
        yield from self._media_type(answer, said) if case.scene != "unmatched" else ()
        if answer.status >= 400:
            yield from self._error(case, answer, text, said)
            yield from self._gateway(case, answer, said)

    def _status(self, answer: HttpAnswer, allowed: frozenset[int]) -> Iterator[Check]:
        failed = answer.status >= 500 and answer.status not in allowed
        yield "status.no-server-error", f"the server failed with {answer.status}" if failed else None
        expected = allowed | self._operation.refusals
        known = bool(self._operation.response(answer.status)) or answer.status in expected
        yield "status.documented", None if known else f"the contract knows no status {answer.status}"

    def _headers(self, case: Case, answer: HttpAnswer, text: str) -> Iterator[Check]:
        heads = "\n".join(value for _, value in answer.headers)
        places = f"{text}\n{heads}\n{unquote(heads)}"
        told = any(secret in places for secret in self._secrets)
        yield "answer.no-secrets", "the answer repeats the caller's key or token" if told else None
        names = [name for name, _ in answer.headers]
        twice = [name for name in _ONCE if names.count(name) > 1]
        yield "headers.once", f"twice in one answer: {', '.join(twice)}" if twice else None
        yield "headers.well-formed", _form_fault(answer)
        yield "headers.meaningful", _meaning_fault(answer)
        yield "headers.no-cookie", "the answer sets a cookie" if "set-cookie" in names else None
        yield "headers.no-cors", "the answer allows other origins" if "access-control-allow-origin" in names else None
        if "location" in names and (location := answer.header("location")):
            yield "headers.location", _location_fault(location, case)
        if (
            answer.status == self._operation.success
            and (no_store := f"headers.{answer.status}.no-store") in self._clauses
        ):
            said = (answer.header("cache-control") or "").lower()
            kept = "no-store" in said and "public" not in said
            yield no_store, None if kept else f"Cache-Control is {answer.header('cache-control')!r}"
        if answer.status >= 400:
            said = answer.header("cache-control") or ""
            kept = _KEPT.search(said) is not None and not _NOT_KEPT.search(said)
            yield "headers.error.not-kept", f"Cache-Control of a {answer.status} is {said!r}" if kept else None

    def _media_type(self, answer: HttpAnswer, said: Json | NotJson) -> Iterator[Check]:
        # How the gateway labels its own answers is judged with their words.
        response = self._operation.response(answer.status)
        if not answer.body or not response or kind_of(response) != "documented":
            return
        allowed = self._operation.response_media_types(answer.status)
        if answer.status == 403 and answer.header("retry-after"):
            return
        if allowed and answer.media_type not in allowed:
            yield (
                "response.media-type",
                f"{answer.status} is labelled {answer.media_type or 'not at all'}, not {' or '.join(allowed)}",
            )
        elif answer.media_type in _TEXTS and isinstance(said, NotJson):
            yield "response.media-type", f"{answer.status} is labelled JSON and is none"
        else:
            yield "response.media-type", _charset_fault(answer)

    def _telling(self, case: Case, answer: HttpAnswer, text: str) -> Iterator[Check]:
        around = _internals_in(_READER_SAYS.sub("", text) if answer.status in self._operation.refusals else text)
        yield "error.no-internals", f"the error leaks internal details: {around!r}" if around else None
        sent = case.request.body[:4000].decode("utf-8", "replace") + unquote(case.request.target)
        reflected = _MARKUP in text and _MARKUP in sent
        yield "error.reflects-nothing", "the error repeats markup from the request" if reflected else None

    def _error(self, case: Case, answer: HttpAnswer, text: str, said: Json | NotJson) -> Iterator[Check]:
        # What no operation is at is not this operation's answer.
        mine = case.scene != "unmatched" and (answer.body or answer.status in _TOLD)
        if f"response.{answer.status}.body" in self._clauses and mine:
            yield f"response.{answer.status}.body", self._body_fault(answer, said)
        if answer.status in self._operation.refusals:
            words = text.strip(' ".!').lower()
            fault = f"the refusal says {words or 'nothing'!r}" if words in _NO_REFUSALS else None
            yield "error.says-something", fault
            if case.fault and (named := {*self._any_name.findall(text)}):
                other = _misnamed(case.fault, named, self._names)
                message = f"{case.fault} is at fault, the refusal names {other}"
                yield "error.names-the-field", message if other else None

    def _body_fault(self, answer: HttpAnswer, said: Json | NotJson) -> str | None:
        validator = self._operation.response_validator(answer.status, answer.media_type)
        if answer.media_type not in _TEXTS and answer.status not in _TOLD:
            return None
        if answer.media_type not in _TEXTS:
            return (
                None
                if not answer.body.lstrip().startswith((b"{", b"[", b"<"))
                else f"the {answer.status} is a document, not a text"
            )
        if isinstance(said, NotJson) or validator is None or validator.is_valid(said):
            return None
        found = "an object" if isinstance(said, dict) else type(said).__name__
        return f"the body of the {answer.status} is {found}, which its schema does not allow"

    def _gateway(self, case: Case, answer: HttpAnswer, said: Json | NotJson) -> Iterator[Check]:
        match answer.status, case.scene:
            case 401, "missing-key":
                yield "gateway.401.missing-key.body", _gateway_fault(answer, said, MISSING_KEY)
                yield "gateway.401.challenge", _challenge_fault(answer, self._key)
            case 401, "invalid-key":
                yield "gateway.401.invalid-key.body", _gateway_fault(answer, said, INVALID_KEY)
                yield "gateway.401.challenge", _challenge_fault(answer, self._key)
            case 401, "empty-key":
                yield "gateway.401.challenge", _challenge_fault(answer, self._key)
            case 401, "bearer":
                fault = _bearer_fault(answer)
                yield "bearer.answer", fault
            case 404, "unmatched" if case.request.method != "HEAD":
                yield "gateway.404.body", _gateway_fault(answer, said, NOT_FOUND)
            case 429, _:
                yield "gateway.429", _wait_fault(answer)
            case 403, _ if answer.header("retry-after") or b"statusCode" in answer.body:
                yield "gateway.403.quota", _quota_fault(answer, said)


def _telling_parts(secret: str) -> list[str]:
    """The beginning and the end of a secret that is no word, so that no other text has them by chance."""
    parts = [secret[:_PART], secret[-_PART:]] if len(secret) >= 3 * _PART else []
    return [part for part in parts if re.search(r"\d", part) and re.search(r"[A-Za-z]|\d{8}", part)]


@functools.lru_cache(maxsize=1024)
def _internals_in(text: str) -> str | None:
    """What leaks internal details, with a little around it. Refusals and headers repeat themselves a lot."""
    told = _INTERNALS.search(text)
    return told and text[max(0, told.start() - 40) : told.end() + 40]


def _header_fault(answer: HttpAnswer) -> str | None:
    told = next((name for name, value in answer.headers if _internals_in(value)), None)
    return f"the header {told} leaks internal details" if told else None


def _coded(secret: str) -> Iterator[str]:
    """A secret in the spellings that hide it from those who only search for it."""
    raw = secret.encode()
    yield from (base64.b64encode(raw).decode().rstrip("="), raw.hex(), secret[::-1])


def _form_fault(answer: HttpAnswer) -> str | None:
    """The first header that is not written as HTTP has it."""
    for name, value in answer.headers:
        if not value.isprintable() and _CONTROL.search(value):
            return f"{name}: a control character in the value"
        if (form := _FORMS.get(name)) and not form.fullmatch(value):
            return f"{name} is {value[:80]!r}"
    names = {name for name, _ in answer.headers}
    if {"content-length", "transfer-encoding"} <= names:
        return "both Content-Length and Transfer-Encoding (RFC 9112, 6.2)"
    return None


def _meaning_fault(answer: HttpAnswer) -> str | None:
    """A header that says nothing beside this status."""
    redirects = 300 <= answer.status < 400
    for name, statuses in _MEANINGFUL.items():
        if not redirects and answer.status not in statuses and answer.header(name) is not None:
            return f"{name} in an answer with {answer.status}"
    return None


def encoding_fault(case: Case, answer: HttpAnswer) -> str | None:
    """How an answer's Content-Encoding contradicts its request or its body, which is still as it came; else None."""
    encoding = (answer.header("content-encoding") or "identity").lower()
    if encoding == "identity":
        return None
    allowed = {name.lower(): value for name, value in case.request.headers}.get("accept-encoding", "identity")
    if encoding not in allowed.lower():
        return f"encoded as {encoding}, which nobody asked"
    spoilt = encoding in UNPACKERS and case.request.method != "HEAD" and answer.unpacked() is answer
    return f"labelled as {encoding} and is not" if spoilt else None


def _charset_fault(answer: HttpAnswer) -> str | None:
    """Text of more than ASCII is in the charset that the label names; here that is UTF-8 or nothing."""
    named = _CHARSET.search(answer.header("content-type") or "")
    if named is None or answer.body.isascii() or named[1].lower() in {"utf-8", "utf8"}:
        return None
    return f"{answer.status} is labelled {named[1]} and is not in it"


def _misnamed(fault: str, named: Iterable[str], names: Mapping[str, frozenset[str]]) -> str | None:
    """The property that a refusal names instead of the one at fault, or of one that this is in; None for none.

    `names` has the properties of each object by its path, as `access.groupAccess[]`.
    """
    steps = fault.replace("[]", "").split(".")
    for depth, step in enumerate(steps):
        parent = next((path for path in names if path.replace("[]", "") == ".".join(steps[:depth])), None)
        others = sorted((names.get(parent or "", frozenset()) - {step}) & {*named})
        if others and not {*steps[depth:]} & {*named}:
            return others[0]
    return None


def _gateway_fault(answer: HttpAnswer, said: Json | NotJson, words: str) -> str | None:
    """How an answer differs from the gateway's, as JSON: in its label, its shape, or its words."""
    if answer.media_type != "application/json":
        return f"the gateway's answer is labelled {answer.media_type or 'not at all'}"
    if not isinstance(said, dict) or said.keys() != {"statusCode", "message"}:
        return f"not the gateway's shape, an object of statusCode and message: {answer.body[:200]!r}"
    if type(said["statusCode"]) is not int or said["statusCode"] != answer.status:
        return f"the status is {answer.status}, and the gateway's statusCode says {said['statusCode']!r}"
    return None if said["message"] == words else f"not the gateway's words: {json.dumps(said['message'])[:200]}"


def _challenge_fault(answer: HttpAnswer, key: str) -> str | None:
    challenge = answer.header("www-authenticate") or ""
    parts = ("AzureApiManagementKey ", 'realm="', f'name="{key}"', 'type="header"')
    missing = [part for part in parts if part not in challenge]
    if missing:
        return f"the challenge {challenge!r} lacks {', '.join(missing)}"
    if challenge.count("AzureApiManagementKey") > 1:
        return "the challenge stands twice"
    return None if 'realm="https://' in challenge else f"the challenge's realm is not the API's address: {challenge!r}"


def _bearer_fault(answer: HttpAnswer) -> str | None:
    challenge = answer.header("www-authenticate")
    if answer.body:
        return "the service's 401 has a body"
    return None if challenge is None or challenge.startswith("Bearer") else f"the challenge is {challenge!r}"


def _wait_fault(answer: HttpAnswer) -> str | None:
    wait = answer.header("retry-after") or ""
    return None if wait.isdigit() else f"Retry-After is {wait!r}"


def _quota_fault(answer: HttpAnswer, said: Json | NotJson) -> str | None:
    message = said.get("message", "") if isinstance(said, Mapping) else ""
    if not isinstance(message, str) or not _GATEWAY_403.fullmatch(message):
        return f"not the gateway's words: {json.dumps(message)[:200]}"
    return None if message == "Forbidden" else _wait_fault(answer)


def _location_fault(location: str, case: Case) -> str | None:
    host = {name.lower(): value for name, value in case.request.headers}.get("host", "")
    parts = urlsplit(location)
    if parts.netloc and parts.netloc != host:
        return f"Location leads to another host, {parts.netloc}"
    return "Location holds a secret" if "pwd=" in location or "key=" in location else None

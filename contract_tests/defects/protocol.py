"""HTTP: methods, paths, queries, media types and headers, in requests and in answers."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.levers import (
    TEXT,
    Change,
    answers,
    becomes,
    before,
    body,
    both,
    encode,
    fails,
    header,
    incoming,
    meeting,
    on,
    relabelled,
    sent,
    skips,
    text,
    without_header,
)
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.gateway import report

_PATH = "/zoom/meeting"
_OVERRIDE = (b"x-http-method-override", b"x-http-method", b"x-method-override")


def _method(*names: str) -> Change:
    return skips("route", lambda call: call.path.lower() == _PATH and call.method in names)


def _path(pattern: str) -> Change:
    """Another path creates meetings as well."""
    return skips("route", lambda call: call.method == "POST" and re.fullmatch(pattern, call.path) is not None)


def _given(call: Call, name: bytes) -> bytes:
    return call.headers.get(name, b"")


def _overridden(*names: bytes) -> Change:
    """A header decides the method."""

    def edit(call: Call) -> None:
        for name in names:
            call.method = _given(call, name).decode("latin-1").upper() or call.method

    return incoming(edit)


def _media_type(call: Call) -> bytes:
    return _given(call, b"content-type").partition(b";")[0].strip().lower()


def _refuses_type(test: Callable[[Call], bool]) -> Change:
    return answers("media_type", test, lambda _: Answer(415, []))


def _takes_type(test: Callable[[Call], bool]) -> Change:
    return skips("media_type", test)


def _form(call: Call) -> None:
    """Read form fields as the body's members."""
    fields: dict[str, Any] = dict(parse_qsl(call.body.decode("utf-8", "replace")))
    if _media_type(call) == b"application/x-www-form-urlencoded" and fields:
        numbers = {name: int(value) for name, value in fields.items() if value.isdigit()}
        call.body = encode(fields | numbers).encode()


def _from_query(call: Call) -> None:
    """Members of the query count for more than those of the body."""
    query = {
        k: int(v) if v.isdigit() else v for k, v in parse_qsl(call.query.decode("latin-1")) if k != "subscription-key"
    }
    if query and isinstance(call.document, dict):
        call.document = call.document | query


def _compressed(call: Call, answer: Answer) -> Answer:
    return replace(answer, body=gzip.compress(answer.body), headers=[*answer.headers, (b"content-encoding", b"gzip")])


def _xml(_: Call, answer: Answer) -> Answer:
    meeting = json.loads(answer.body)
    members = "".join(f"<{name}>{value}</{name}>" for name, value in meeting.items())
    return Answer(201, [(b"content-type", b"application/xml")], f"<Meeting>{members}</Meeting>".encode())


def _accepting(*words: bytes) -> Callable[[Call], bool]:
    return lambda call: any(word in _given(call, b"accept") for word in words)


def _when(test: Callable[[Call], bool], edit: Callable[[Call, Answer], Answer]) -> Callable[[Call, Answer], Answer]:
    return lambda call, answer: edit(call, answer) if test(call) else answer


METHODS = of_kind(
    "HTTP",
    ("get-creates", "GET creates a meeting", _method("GET")),
    ("delete-creates", "DELETE creates a meeting", _method("DELETE")),
    ("any-method-creates", "a method that nobody knows creates a meeting", skips(
        "route", lambda call: call.path.lower() == _PATH and call.method not in (
            "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))),
    ("lower-case-method-creates", "a method is compared in any case", _method("post", "Post")),
    ("trace-echoes", "TRACE sends the request back, key and all", answers(
        "route", lambda call: call.method == "TRACE",
        lambda call: Answer(200, [(b"content-type", b"message/http")], b"\r\n".join(
            b"%b: %b" % pair for pair in call.headers.items())))),
    ("unknown-method-fails", "a method that nobody knows is answered with 500", fails(
        "route", lambda call: not call.method.isalpha() or call.method not in (
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))),
    ("override-obeyed", "X-HTTP-Method-Override decides the method", _overridden(_OVERRIDE[0])),
    ("override-in-query", "_method in the query decides the method", incoming(lambda call: setattr(
        call, "method", dict(parse_qsl(call.query.decode("latin-1"))).get("_method", call.method).upper()))),
    ("override-makes-post", "X-HTTP-Method-Override makes a GET create a meeting", skips(
        "route", lambda call: call.method == "GET" and _given(call, _OVERRIDE[0]).upper() == b"POST")),
    clause="route.nothing-created",
    clauses={
        "answer.no-secrets": "trace-echoes",
        "status.no-server-error": "unknown-method-fails",
        "http.method-override": "override-obeyed override-in-query",
    },
)  # fmt: skip

PATHS = of_kind(
    "HTTP",
    ("path-plural", "the path Meetings creates a meeting", _path("/zoom/Meetings")),
    ("path-behind", "a path with more behind creates a meeting", _path("/zoom/Meeting/.+")),
    ("path-without-api", "the path without /zoom creates a meeting", _path("/Meeting")),
    ("path-suffix", "a path with a suffix creates a meeting", _path(r"/zoom/Meeting\.\w+")),
    ("path-parameters", "a path with parameters behind a semicolon creates a meeting", _path("/zoom/Meeting;.*")),
    ("path-nul", "a path is cut at a NUL", _path("/zoom/Meeting(?:\0|%00).*")),
    ("path-any", "any path creates a meeting", skips("route", lambda call: call.method == "POST")),
    ("original-url-obeyed", "X-Original-URL decides the path", incoming(lambda call: setattr(
        call, "path", _given(call, b"x-original-url").decode("latin-1") or call.path))),
    ("unknown-path-201", "an unknown path is answered with 201", both(
        becomes(404, 201), body(201, lambda it: it))),
    ("unknown-path-fails", "an unknown path is answered with 500", becomes(404, 500)),
    clause="route.nothing-created",
    clauses={
        "http.headers": "original-url-obeyed",
        "status.no-server-error": "unknown-path-fails",
    },
)  # fmt: skip

ROUTE_FINDINGS = of_kind(
    "HTTP",
    ("unknown-path-200", "an unknown path is answered with 200 and a page", on(
        404, lambda *_: Answer(200, [(b"content-type", b"text/html")], b"<html><h1>Not found</h1></html>"))),
    ("unknown-path-400", "an unknown path is answered with 400", becomes(404, 400)),
    ("unknown-path-page", "a 404 is a page", on(
        404, lambda *_: Answer(404, [(b"content-type", b"text/html")], b"<html><h1>Not found</h1></html>"))),
    ("unknown-path-other-text", "a 404 has another text than the gateway's", on(
        404, lambda *_: report(404, "The resource cannot be found."))),
    severity="finding",
    clause="route.path",
    clauses={
        "gateway.404.body": "unknown-path-page unknown-path-other-text",
    },
)  # fmt: skip

QUERIES = of_kind(
    "HTTP",
    ("query-overrides", "the query's members count for more than the body's", before(
        "validation", lambda call: _from_query(call))),
    ("query-refused", "an unknown query parameter is answered with 400", answers(
        "media_type", lambda call: any(name != "subscription-key" for name, _ in parse_qsl(
            call.query.decode("latin-1"), keep_blank_values=True)),
        lambda _: Answer(400, [TEXT], b"unknown query parameter"))),
    ("query-fails", "a query with a bad percent sign is answered with 500", fails(
        "route", lambda call: re.search(rb"%(?![0-9a-fA-F]{2})", call.query) is not None)),
    ("query-debug", "debug=true in the query adds the headers to the answer", meeting(
        lambda it, call: it | {"debug": {k.decode("latin-1"): v.decode("latin-1") for k, v in call.headers.items()}}
        if b"debug" in call.query else it)),
    ("header-long-fails", "a header of more than 1000 characters is answered with 500", fails(
        "media_type", lambda call: any(len(value) > 1000 for value in call.headers.values()))),
    ("header-unknown-refused", "an unknown header is answered with 400", answers(
        "media_type", lambda call: any(name.startswith(b"x-") for name in call.headers),
        lambda _: Answer(400, [TEXT], b"unknown header"))),
    ("header-cookie-fails", "a cookie is answered with 500", fails("media_type",
        lambda call: b"cookie" in call.headers)),
    ("header-language-obeyed", "Accept-Language decides how dates are written", meeting(
        lambda it, call: it | {"startDate": it["startDate"].replace("T", " ")}
        if _given(call, b"accept-language").startswith((b"de", b"fr")) else it)),
    ("header-expect-refused", "Expect: 100-continue is answered with 417", answers(
        "media_type", lambda call: b"expect" in call.headers, lambda _: Answer(417, []))),
    ("header-range-obeyed", "Range is answered with a part of the meeting", on(201, _when(
        lambda call: b"range" in call.headers, lambda _, it: replace(it, status=206, body=it.body[:100])))),
    ("header-user-agent-required", "a request without User-Agent is answered with 403", answers(
        "media_type", lambda call: b"user-agent" not in call.headers,
        lambda _: Answer(403, [TEXT], b"Login user not authorized"))),
    ("header-body-encoding-fails", "Content-Encoding in a request is answered with 500", fails(
        "media_type", lambda call: b"content-encoding" in call.headers)),
    ("header-agent-blocked", "a User-Agent with python in it is answered with 403", answers(
        "media_type", lambda call: b"python" in _given(call, b"user-agent").lower(),
        lambda _: Answer(403, [TEXT], b"Login user not authorized"))),
    ("query-long-fails", "a query of more than 2000 characters is answered with 500", fails(
        "route", lambda call: len(call.query) > 2000)),
    ("header-encoding-broken", "an answer to Accept-Encoding: gzip is broken", on(201, _when(
        lambda call: b"gzip" in _given(call, b"accept-encoding"),
        lambda _, it: replace(it, body=it.body[:20], headers=[*it.headers, (b"content-encoding", b"gzip")])))),
    ("header-encoding-claimed", "an answer to Accept-Encoding claims to be compressed and is not", on(201, _when(
        lambda call: b"gzip" in _given(call, b"accept-encoding"),
        lambda _, it: replace(it, headers=[*it.headers, (b"content-encoding", b"gzip")])))),
    ("header-encoding-unasked", "every answer is compressed, asked or not", on(201, _compressed)),
    clause="status.no-server-error",
    clauses={
        "http.headers": "query-overrides query-refused header-unknown-refused header-expect-refused",
        "answer.no-secrets": "query-debug",
        "response.201.startDate.format": "header-language-obeyed",
        "status.201": "header-range-obeyed",
        "status.no-needless-denial": "header-user-agent-required header-agent-blocked",
        "headers.content-encoding": "header-encoding-broken header-encoding-claimed header-encoding-unasked",
    },
)  # fmt: skip

MEDIA_TYPES = of_kind(
    "media types",
    ("accept-xml-obeyed", "Accept: application/xml is answered with XML", on(201, _when(_accepting(b"xml"), _xml))),
    ("accept-missing-fails", "a request without Accept is answered with 500", fails(
        "media_type", lambda call: b"accept" not in call.headers)),
    ("accept-weights-fail", "a weight in Accept is answered with 500", fails("media_type", _accepting(b"q="))),
    ("type-charset-refused", "a charset in Content-Type is answered with 415", _refuses_type(
        lambda call: b"charset" in _given(call, b"content-type"))),
    ("type-case-refused", "a Content-Type in other than lower case is answered with 415", _refuses_type(
        lambda call: re.search(rb"[A-Z]", _given(call, b"content-type").partition(b";")[0]) is not None)),
    ("type-json-patch-refused", "application/json-patch+json is answered with 415", _refuses_type(
        lambda call: _media_type(call) == b"application/json-patch+json")),
    ("type-json-patch-wants-list", "application/json-patch+json needs a list", answers(
        "json", lambda call: _media_type(call) == b"application/json-patch+json" and not call.body.startswith(b"["),
        lambda _: Answer(400, [TEXT], b"A JSON Patch document is a list."))),
    ("type-suffix-refused", "a type that ends in +json is answered with 415", _refuses_type(
        lambda call: _media_type(call).endswith(b"+json") and b"patch" not in _media_type(call))),
    ("type-merge-patch-empty", "application/merge-patch+json makes a meeting without options", before(
        "validation", lambda call: setattr(call, "document", {
            name: sent(call, name) for name in ("moduleID", "name", "startDate", "duration") if sent(call,
                name) is not None})
            if b"merge" in _media_type(call) or b"vnd" in _media_type(call) else None)),
    clause="media-type.request",
    clauses={
        "response.media-type": "accept-xml-obeyed",
        "media-type.accept": "accept-missing-fails accept-weights-fail",
        "echo.recordType": "type-merge-patch-empty",
    },
)  # fmt: skip

MEDIA_TYPE_FINDINGS = of_kind(
    "media types",
    ("type-plain-taken", "text/plain is read", _takes_type(lambda call: _media_type(call) == b"text/plain")),
    ("type-xml-taken", "text/xml and application/xml are read as JSON", _takes_type(
        lambda call: _media_type(call) in (b"text/xml", b"application/xml"))),
    ("type-form-taken", "form fields are read", both(incoming(_form), _takes_type(
        lambda call: _media_type(call) == b"application/x-www-form-urlencoded"))),
    ("type-multipart-taken", "multipart/form-data is read as JSON", _takes_type(
        lambda call: _media_type(call).startswith(b"multipart/"))),
    ("type-anywhere-taken", "a Content-Type that has json anywhere is read", _takes_type(
        lambda call: b"json" in _given(call, b"content-type"))),
    ("type-any-taken", "any media type is read", _takes_type(lambda _: True)),
    ("accept-xml-406", "an Accept without a JSON type is answered with 406", answers(
        "media_type", lambda call: b"accept" in call.headers and not _accepting(b"json", b"*/*", b"application/*")(
            call),
        lambda _: Answer(406, []))),
    severity="finding",
    clause="media-type.unsupported",
    clauses={
        "media-type.accept": "accept-xml-406",
    },
)  # fmt: skip

ANSWER_HEADERS = of_kind(
    "headers",
    ("key-in-header", "the key comes back in a header", header(201, b"x-subscription", lambda call,
        _: call.key.encode())),
    ("key-encoded-in-header", "the key comes back in a header, in base64", header(201, b"x-user", lambda call,
        _: base64.b64encode(call.key.encode()))),
    ("date-local", "Date is written as people there write it", header(
        201, b"date", lambda *_: b"23/11/2035 09:15:46")),
    ("label-two-charsets", "Content-Type names two charsets", relabelled(
        201, b"application/json; charset=utf-8; charset=utf-16")),
    ("location-placeholder", "Location has a place that nobody filled", header(
        201, b"location", lambda *_: b"/zoom/Meeting/{id}")),
    ("sql-in-header", "a header of the answer shows the database's command", header(
        201, b"x-debug", lambda *_: b"INSERT INTO dbo.ZoomMeeting VALUES (@p0)")),
    ("gzip-cut", "a long answer that is compressed lacks its end", on(201, lambda call, it: replace(
        it, body=gzip.compress(it.body)[:-12], headers=[*it.headers, (b"content-encoding", b"gzip")])
        if b"gzip" in _given(call, b"accept-encoding") and len(it.body) > 1200 else it)),
    ("key-in-cookie", "the key is set as a cookie", header(201, b"set-cookie", lambda call,
        _: b"key=" + call.key.encode())),
    ("token-in-header", "the bearer token comes back in a header", header(
        201, b"x-user-token", lambda call, _: _given(call, b"authorization").rpartition(b" ")[2] or call.key.encode())),
    ("label-twice", "Content-Type stands twice", header(201, b"content-type", lambda *_: b"text/html")),
    ("length-twice", "Content-Length stands twice with different values", header(
        201, b"content-length", lambda _, it: b"%d" % (len(it.body) + 10))),
    ("label-encoding-wrong", "the answer claims to be compressed", header(201, b"content-encoding",
        lambda *_: b"gzip")),
    ("name-in-header", "the meeting's name comes back in a header, line breaks and all", header(
        201, b"x-meeting-name", lambda _, it: text(json.loads(it.body)["name"]).encode("utf-8", "surrogatepass"))),
    ("refusal-label-html", "a 400 is labelled text/html", relabelled(400, b"text/html; charset=utf-8")),
    clause="answer.no-secrets",
    clauses={
        "headers.well-formed": "date-local label-two-charsets location-placeholder name-in-header",
        "error.no-internals": "sql-in-header",
        "headers.content-encoding": "gzip-cut label-encoding-wrong",
        "headers.once": "label-twice",
        "answer.complete": "length-twice",
        "response.media-type": "refusal-label-html",
    },
)  # fmt: skip

HEADER_FINDINGS = of_kind(
    "headers",
    ("cacheable", "the answer may be cached for an hour", both(
        without_header(201, b"cache-control"), header(201, b"cache-control", lambda *_: b"public, max-age=3600"))),
    ("cache-unsaid", "the answer does not say that it must not be cached", both(
        without_header(201, b"cache-control"), without_header(201, b"pragma"))),
    ("cache-contradicts", "a second Cache-Control lets the answer be cached", header(
        201, b"cache-control", lambda *_: b"public, max-age=60")),
    ("refusal-cacheable", "a 400 may be cached for an hour", both(
        without_header(400, b"cache-control"), header(400, b"cache-control", lambda *_: b"public, max-age=3600"))),
    ("retry-after-success", "a creation asks to be tried again", header(201, b"retry-after", lambda *_: b"5")),
    ("cors-any", "every origin may read answers", header(201, b"access-control-allow-origin", lambda *_: b"*")),
    ("location-foreign", "Location is on another host", header(
        201, b"location", lambda *_: b"https://meetings.example.com/zoom/Meeting/1")),
    ("label-charset-wrong", "the answer's charset is iso-8859-1", relabelled(
        201, b"application/json; charset=iso-8859-1")),
    ("password-in-etag", "an ETag holds the password", header(
        201, b"etag", lambda _, it: b'"%b"' % json.loads(it.body)["meetingPassword"].encode())),
    ("password-in-link", "a Link header holds the join address with its password", header(
        201, b"link", lambda _, it: b"<%b>" % json.loads(it.body)["joinUrl"].encode())),
    ("refusal-source-header", "a 400's header names a file of the server's source", header(
        400, b"x-sourcefiles", lambda *_: b"C:\\build\\src\\MeetingController.cs")),
    ("refusal-exception-header", "a 400's header names an exception", header(
        400, b"x-exception", lambda *_: b"System.FormatException")),
    ("header-forwarded-host", "X-Forwarded-Host decides the Location", on(201, lambda call, it: replace(
        it, headers=[*it.headers, (b"location", b"https://%b/zoom/Meeting/1" % _given(call, b"x-forwarded-host"))])
        if b"x-forwarded-host" in call.headers else it)),
    ("password-in-location", "Location holds the join address with its password", header(
        201, b"location", lambda _, it: json.loads(it.body)["joinUrl"].encode())),
    severity="finding",
    clause="headers.201.no-store",
    clauses={
        "headers.error.not-kept": "refusal-cacheable",
        "headers.meaningful": "retry-after-success",
        "headers.no-cors": "cors-any",
        "headers.location": "location-foreign header-forwarded-host password-in-location",
        "response.media-type": "label-charset-wrong",
        "headers.no-secrets": "password-in-etag password-in-link",
        "error.no-internals": "refusal-source-header refusal-exception-header",
    },
)  # fmt: skip

DEFECTS: list[Defect] = [
    *METHODS,
    *PATHS,
    *ROUTE_FINDINGS,
    *QUERIES,
    *MEDIA_TYPES,
    *MEDIA_TYPE_FINDINGS,
    *ANSWER_HEADERS,
    *HEADER_FINDINGS,
]

"""HTTP: methods, paths, queries, media types and headers, in requests and in answers."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any
from urllib.parse import parse_qsl

from contract_tests.defects.catalogue import Defect, each, of_kind
from contract_tests.defects.verbs import *
from luminus_zoom_mock.gateway import report

_PATH, _OVERRIDE = "/zoom/meeting", "x-http-method-override"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
_PAGE = b"<html><h1>Not found</h1></html>"
_ASKS_FOR_GZIP = carries("accept-encoding", "gzip")


def _method(*names: str) -> Change:
    return skips("route", lambda call: call.path.lower() == _PATH and call.method in names)


def _path(pattern: str) -> Change:
    """Another path creates meetings as well."""
    return skips("route", lambda call: call.method == "POST" and re.fullmatch(pattern, call.path) is not None)


def _refuses_type(pattern: str) -> Change:
    return answers("media_type", carries("content-type", pattern), Answer(415, []))


def _takes_type(pattern: str) -> Change:
    return skips("media_type", carries("content-type", pattern))


def _fields(text: str) -> dict[str, Any]:
    """Return the fields of a form or a query, apart from the key."""
    fields = parse_qsl(text, keep_blank_values=True)
    return {name: int(it) if it.isdecimal() else it for name, it in fields if name != "subscription-key"}


def _query(call: Call) -> dict[str, Any]:
    return _fields(call.query.decode("latin-1"))


def _from_form(call: Call) -> bytes:
    """Read form fields as the body's members."""
    fields = _fields(call.body.decode("utf-8", "replace"))
    is_form = carries("content-type", "^application/x-www-form-urlencoded")(call)
    return encode(fields).encode() if is_form and fields else call.body


def _from_query(call: Call) -> Any:
    """Members of the query count for more than those of the body."""
    return call.document | _query(call) if isinstance(call.document, dict) else call.document


def _without_options(call: Call) -> Any:
    """Only the required properties of a merge patch are read."""
    if not carries("content-type", "merge|vnd")(call) or not isinstance(call.document, dict):
        return call.document
    return {k: v for k, v in call.document.items() if k in ("moduleID", "name", "startDate", "duration")}


def _patch_without_list(call: Call) -> bool:
    return carries("content-type", "json-patch")(call) and not call.body.startswith(b"[")


def _traced(call: Call) -> Answer:
    lines = b"\r\n".join(b"%b: %b" % pair for pair in call.headers.items())
    return Answer(200, [(b"content-type", b"message/http")], lines)


def _xml(body: bytes) -> bytes:
    members = "".join(f"<{name}>{value}</{name}>" for name, value in json.loads(body).items())
    return f"<Meeting>{members}</Meeting>".encode()


def _cut(answer: Answer) -> Answer:
    return Answer(201, [*answer.headers, (b"content-encoding", b"gzip")], gzip.compress(answer.body)[:-12])


def _of(answer: Answer, name: str) -> bytes:
    return text(json.loads(answer.body)[name]).encode("utf-8", "surrogatepass")


HTTP = of_kind(
    "HTTP",
    ("header-language-obeyed", "Accept-Language decides how dates are written", changes(201, carries("accept-language",
        "^(de|fr)"), body=lambda it: re.sub(rb"(\d{4}-\d\d-\d\d)T", rb"\1 ", it)), "response.201.startDate.format"),
    ("header-range-obeyed", "Range is answered with a part of the meeting",
        changes(201, carries("range"), to=206, body=lambda it: it[:100]), "status.201"),
    "route.nothing-created",
    ("get-creates", "GET creates a meeting", _method("GET")),
    ("delete-creates", "DELETE creates a meeting", _method("DELETE")),
    ("any-method-creates", "a method that nobody knows creates a meeting",
        skips("route", lambda call: call.path.lower() == _PATH and call.method not in _METHODS - {"POST"})),
    ("lower-case-method-creates", "a method is compared in any case", _method("post", "Post")),
    ("override-makes-post", "X-HTTP-Method-Override makes a GET create a meeting",
        skips("route", lambda call: call.method == "GET" and given(call, _OVERRIDE).upper() == b"POST")),
    ("path-plural", "the path Meetings creates a meeting", _path("/zoom/Meetings")),
    ("path-behind", "a path with more behind creates a meeting", _path("/zoom/Meeting/.+")),
    ("path-without-api", "the path without /zoom creates a meeting", _path("/Meeting")),
    ("path-suffix", "a path with a suffix creates a meeting", _path(r"/zoom/Meeting\.\w+")),
    ("path-parameters", "a path with parameters behind a semicolon creates a meeting", _path("/zoom/Meeting;.*")),
    ("path-nul", "a path is cut at a NUL", _path("/zoom/Meeting(?:\0|%00).*")),
    ("path-any", "any path creates a meeting", skips("route", lambda call: call.method == "POST")),
    ("unknown-path-201", "an unknown path is answered with 201", changes(404, to=201)),
    "answer.no-secrets",
    ("trace-echoes", "TRACE sends the request back, key and all",
        answers("route", lambda call: call.method == "TRACE", _traced)),
    ("query-debug", "debug=true in the query adds the headers to the answer",
        meeting(lambda it, call: it | {"debug": f"{call.headers}"} if b"debug" in call.query else it)),
    "status.no-server-error",
    ("unknown-path-fails", "an unknown path is answered with 500", changes(404, to=500)),
    each(fails, says="{} is answered with 500"),
    ("unknown-method-fails", "a method that nobody knows", "route", lambda call: call.method not in _METHODS),
    ("query-fails", "a query with a bad percent sign", "route",
        lambda call: re.search(rb"%(?![0-9a-fA-F]{2})", call.query) is not None),
    ("header-long-fails", "a header of more than 1000 characters", "media_type",
        lambda call: any(len(value) > 1000 for value in call.headers.values())),
    ("header-cookie-fails", "a cookie", "media_type", carries("cookie")),
    ("header-body-encoding-fails", "Content-Encoding in a request", "media_type", carries("content-encoding")),
    ("query-long-fails", "a query of more than 2000 characters", "route", lambda call: len(call.query) > 2000),
    "http.method-override",
    ("override-obeyed", "X-HTTP-Method-Override decides the method",
        sets("method", lambda call: given(call, _OVERRIDE).decode("latin-1").upper() or call.method)),
    ("override-in-query", "_method in the query decides the method",
        sets("method", lambda call: _query(call).get("_method", call.method).upper())),
    "http.headers",
    ("original-url-obeyed", "X-Original-URL decides the path",
        sets("path", lambda call: given(call, "x-original-url").decode("latin-1") or call.path)),
    ("query-overrides", "the query's members count for more than the body's",
        sets("document", _from_query, "validation")),
    ("query-refused", "an unknown query parameter is answered with 400",
        answers("media_type", lambda call: bool(_query(call)), BAD_REQUEST)),
    ("header-unknown-refused", "an unknown header is answered with 400",
        answers("media_type", lambda call: any(name.startswith(b"x-") for name in call.headers), BAD_REQUEST)),
    ("header-expect-refused", "Expect: 100-continue is answered with 417",
        answers("media_type", carries("expect"), Answer(417, []))),
    "route.path",
    ("unknown-path-200", "an unknown path is answered with 200 and a page",
        changes(404, to=200, label="text/html", body=_PAGE)),
    ("unknown-path-400", "an unknown path is answered with 400", changes(404, to=400)),
    "gateway.404.body",
    ("unknown-path-page", "a 404 is a page", changes(404, label="text/html", body=_PAGE)),
    ("unknown-path-other-text", "a 404 has another text than the gateway's",
        on(404, lambda *_: report(404, "The resource cannot be found."))),
    "status.no-needless-denial",
    ("header-user-agent-required", "a request without User-Agent is answered with 403",
        answers("media_type", carries_no("user-agent"), DENIED)),
    ("header-agent-blocked", "a User-Agent with python in it is answered with 403",
        answers("media_type", carries("user-agent", "python"), DENIED)),
    "headers.content-encoding",
    ("header-encoding-broken", "an answer to Accept-Encoding: gzip is broken",
        changes(201, _ASKS_FOR_GZIP, body=lambda it: it[:20], content_encoding="gzip")),
    ("header-encoding-claimed", "an answer to Accept-Encoding claims to be compressed and is not",
        changes(201, _ASKS_FOR_GZIP, content_encoding="gzip")),
    ("header-encoding-unasked", "every answer is compressed, asked or not",
        changes(201, body=gzip.compress, content_encoding="gzip")),
)  # fmt: skip

MEDIA_TYPES = of_kind(
    "media types",
    ("accept-xml-obeyed", "Accept: application/xml is answered with XML",
        changes(201, carries("accept", "xml"), label="application/xml", body=_xml), "response.media-type"),
    ("type-merge-patch-empty", "application/merge-patch+json makes a meeting without options",
        sets("document", _without_options, "validation"), "echo.recordType"),
    "media-type.accept",
    ("accept-missing-fails", "a request without Accept is answered with 500",
        fails("media_type", carries_no("accept"))),
    ("accept-weights-fail", "a weight in Accept is answered with 500", fails("media_type", carries("accept", "q="))),
    ("accept-xml-406", "an Accept without a JSON type is answered with 406",
        answers("media_type", carries("accept", r"^(?!.*(json|\*/\*|application/\*))"), Answer(406, []))),
    "media-type.request",
    ("type-charset-refused", "a charset in Content-Type is answered with 415", _refuses_type("charset")),
    ("type-case-refused", "a Content-Type in other than lower case is answered with 415",
        _refuses_type("(?-i:^[^;]*[A-Z])")),
    ("type-json-patch-refused", "application/json-patch+json is answered with 415", _refuses_type("json-patch")),
    ("type-json-patch-wants-list", "application/json-patch+json needs a list",
        answers("json", _patch_without_list, BAD_REQUEST)),
    ("type-suffix-refused", "a type that ends in +json is answered with 415",
        _refuses_type(r"^(?!.*patch)[^;]*\+json")),
    "media-type.unsupported",
    ("type-plain-taken", "text/plain is read", _takes_type("^text/plain")),
    ("type-xml-taken", "text/xml and application/xml are read as JSON", _takes_type("^(text|application)/xml")),
    ("type-form-taken", "form fields are read",
        both(sets("body", _from_form), _takes_type("^application/x-www-form-urlencoded"))),
    ("type-multipart-taken", "multipart/form-data is read as JSON", _takes_type("^multipart/")),
    ("type-anywhere-taken", "a Content-Type that has json anywhere is read", _takes_type("json")),
    ("type-any-taken", "any media type is read", skips("media_type", ALWAYS)),
)  # fmt: skip

HEADERS = of_kind(
    "headers",
    ("label-twice", "Content-Type stands twice", changes(201, content_type="text/html"), "headers.once"),
    ("length-twice", "Content-Length stands twice with different values",
        changes(201, content_length=lambda _, it: b"%d" % (len(it.body) + 10)), "answer.complete"),
    ("refusal-cacheable", "a 400 may be cached for an hour",
        changes(400, drops=[b"cache-control"], cache_control="public, max-age=3600"), "headers.error.not-kept"),
    ("retry-after-success", "a creation asks to be tried again", changes(201, retry_after="5"), "headers.meaningful"),
    ("cors-any", "every origin may read answers", changes(201, access_control_allow_origin="*"), "headers.no-cors"),
    "answer.no-secrets",
    ("key-in-header", "the key comes back in a header", changes(201, x_subscription=lambda call, _: call.key.encode())),
    ("key-encoded-in-header", "the key comes back in a header, in base64",
        changes(201, x_user=lambda call, _: base64.b64encode(call.key.encode()))),
    ("key-in-cookie", "the key is set as a cookie",
        changes(201, set_cookie=lambda call, _: b"key=" + call.key.encode())),
    ("token-in-header", "the bearer token comes back in a header",
        changes(201, x_user_token=lambda call, _: given(call, "authorization")[7:] or call.key.encode())),
    "headers.well-formed",
    ("date-local", "Date is written as people there write it", changes(201, date="23/11/2035 09:15:46")),
    ("label-two-charsets", "Content-Type names two charsets",
        changes(201, label="application/json; charset=utf-8; charset=utf-16")),
    ("location-placeholder", "Location has a place that nobody filled", changes(201, location="/zoom/Meeting/{id}")),
    ("name-in-header", "the meeting's name comes back in a header, line breaks and all",
        changes(201, x_meeting_name=lambda _, it: _of(it, "name"))),
    "error.no-internals",
    ("sql-in-header", "a header of the answer shows the database's command",
        changes(201, x_debug="INSERT INTO dbo.ZoomMeeting VALUES (@p0)")),
    ("refusal-source-header", "a 400's header names a file of the server's source",
        changes(400, x_sourcefiles="C:\\build\\src\\MeetingController.cs")),
    ("refusal-exception-header", "a 400's header names an exception",
        changes(400, x_exception="System.FormatException")),
    "headers.content-encoding",
    ("gzip-cut", "a long answer that is compressed lacks its end",
        on(201, lambda call, it: _cut(it) if _ASKS_FOR_GZIP(call) and len(it.body) > 1200 else it)),
    ("label-encoding-wrong", "the answer claims to be compressed", changes(201, content_encoding="gzip")),
    "response.media-type",
    ("refusal-label-html", "a 400 is labelled text/html", changes(400, label="text/html; charset=utf-8")),
    ("label-charset-wrong", "the answer's charset is iso-8859-1",
        changes(201, label="application/json; charset=iso-8859-1")),
    "headers.201.no-store",
    ("cacheable", "the answer may be cached for an hour",
        changes(201, drops=[b"cache-control"], cache_control="public, max-age=3600")),
    ("cache-unsaid", "the answer does not say that it must not be cached",
        changes(201, drops=[b"cache-control", b"pragma"])),
    ("cache-contradicts", "a second Cache-Control lets the answer be cached",
        changes(201, cache_control="public, max-age=60")),
    "headers.location",
    ("location-foreign", "Location is on another host",
        changes(201, location="https://meetings.example.com/zoom/Meeting/1")),
    ("header-forwarded-host", "X-Forwarded-Host decides the Location", changes(201, carries("x-forwarded-host"),
        location=lambda call, _: b"https://%b/zoom/Meeting/1" % given(call, "x-forwarded-host"))),
    ("password-in-location", "Location holds the join address with its password",
        changes(201, location=lambda _, it: _of(it, "joinUrl"))),
    "headers.no-secrets",
    ("password-in-etag", "an ETag holds the password",
        changes(201, etag=lambda _, it: b'"%b"' % _of(it, "meetingPassword"))),
    ("password-in-link", "a Link header holds the join address with its password",
        changes(201, link=lambda _, it: b"<%b>" % _of(it, "joinUrl"))),
)  # fmt: skip

DEFECTS: list[Defect] = [*HTTP, *MEDIA_TYPES, *HEADERS]

"""Protocol: media types, headers, keys, tokens, methods and paths around a legal body."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from luminus_zoom_contract.cases.case import KEY_HEADER, Case, Maker, encode
from luminus_zoom_contract.cases.sequences import whole
from luminus_zoom_contract.run.transport import HttpRequest

UNMATCHED: Final = frozenset({404, 405})
_UNSUPPORTED: Final = frozenset({415})
_METHODS: Final = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CREATE", "post", "Post")
_AGENTS: Final = (
    "",
    "curl/8.5.0",
    "Mozilla/5.0 (X11; Linux) Gecko/20100101",
    "python-requests/2.32.0",
    "python-httpx/0.28.1",
    "Go-http-client/1.1",
    "PostmanRuntime/7.43.0",
    "okhttp/4.12.0",
    "Java/21",
    "kube-probe/1.29",
    "ELB-HealthChecker/2.0",
    "Googlebot/2.1",
    "x" * 600,
)
_OVERRIDES: Final = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")


def protocol_cases(maker: Maker) -> Iterator[Case]:
    """All cases about what surrounds the body."""
    yield from _media_types(maker)
    yield from _accept(maker)
    yield from _headers(maker)
    yield from _odd_queries(maker)
    yield from _methods(maker)
    yield from _paths(maker)


def dressed(maker: Maker) -> Iterator[tuple[str, HttpRequest, frozenset[int]]]:
    """Requests that may make a meeting, in unusual dress: a title, the request, and how else it may be answered."""
    for case in (*_media_types(maker), *_accept(maker), *_headers(maker), *_paths(maker)):
        if 201 in case.expect:
            yield case.title, case.request, case.expect - {201}


def _media_types(maker: Maker) -> Iterator[Case]:
    for listed in maker.contract.request_media_types:
        for name in (
            [listed.replace("*", word) for word in ("vnd.luminus.v1", "x", "ld")] if "*" in listed else [listed]
        ):
            for written in (
                name,
                f"{name}; charset=utf-8",
                f"{name};charset=UTF-8",
                f'{name}; charset="utf-8"',
                name.upper(),
            ):
                body = {**whole(maker), "name": f"Größe 课 🎉 {maker.uuid()}"}
                request = maker.post(encode(body), media_type=written)
                yield maker.legal("media-type.request", f"a body labelled {written}", body, request=request)
    for name in (
        "text/plain",
        "application/xml",
        "text/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/octet-stream",
        "application/javascript",
        "application/jsonp",
        "image/png",
        "text/html",
        "application/yaml",
        "application/json5",
        "application/x-json",
        "text/x-json",
        "text/x+json",
        "application/*",
        "json",
        "application",
        "application/",
    ):
        request = maker.post(encode(maker.minimal()), media_type=name)
        yield Case("media-type.unsupported", f"a body labelled {name}", request, _UNSUPPORTED)
    request = maker.post(encode(maker.minimal()))
    # The page calls the header optional, so a server may also read such a body as JSON.
    tolerated = frozenset({201, 400, 415})
    yield Case("http.robust", "a body without a label", request.without("content-type"), tolerated)
    for written in (
        "",
        "application/json; charset=nonsense",
        "application/json, text/plain",
        "application/json; x=y",
        "*/*",
    ):
        yield Case("http.robust", f"a body labelled {written!r}", request.having("Content-Type", written), tolerated)
    patch = [{"op": "add", "path": f"/{name}", "value": value} for name, value in maker.minimal().items()]
    for media_type in ("application/json-patch+json", "application/json"):
        yield maker.raw(
            "request.body.type", f"a JSON Patch labelled {media_type}", encode(patch), media_type=media_type
        )
    yield maker.raw("request.body.type", "a list of two bodies", encode([maker.minimal(), maker.minimal()]))


def _accept(maker: Maker) -> Iterator[Case]:
    documented = maker.contract.response_media_types(201)
    for accept in (
        *documented,
        "*/*",
        "application/*",
        "text/*",
        "text/plain;q=0.5, application/json",
        "*/*;q=0.1",
        "application/json;q=0.9,text/plain;q=0.1",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ):
        yield _with(maker, "media-type.accept", f"Accept: {accept}", ("Accept", accept))
        wrong = {**maker.minimal(), "duration": -1}
        request = maker.post(encode(wrong)).having("Accept", accept)
        field = "request.duration.minimum" if "request.duration.minimum" in maker.clauses else "request.body.accepts"
        yield Case(field, f"duration -1 with Accept: {accept}", request, frozenset({400}), wrong, "duration")
    body = maker.minimal()
    yield maker.legal("media-type.accept", "no Accept", body, request=maker.post(encode(body)).without("accept"))
    for accept in ("image/png", "application/xml", "text/html", "", "application/json;q=0", "nonsense"):
        request = maker.post(encode(maker.minimal())).having("Accept", accept)
        yield Case("http.robust", f"Accept: {accept!r}", request, frozenset({201, 400, 406}))


def _with(
    maker: Maker, clause: str, title: str, *headers: tuple[str, str], target: str | None = None, **changes: Any
) -> Case:
    body = maker.minimal()
    request = maker.post(encode(body), target=target)
    return maker.legal(
        clause, title, body, request=replace(request, headers=(*_less(request, headers), *headers)), **changes
    )


def _less(request: HttpRequest, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return request.without(*(name.lower() for name, _ in headers)).headers


def _headers(maker: Maker) -> Iterator[Case]:
    body = maker.minimal()
    request = maker.post(encode(body))
    for words, change in (("lower", str.lower), ("upper", str.upper)):
        headers = tuple((change(name), value) for name, value in request.headers)
        yield maker.legal(
            "http.headers", f"header names in {words} case", body, request=replace(request, headers=headers)
        )
    for target in (
        f"{maker.path}?",
        f"{maker.path}?entities=true",
        f"{maker.path}?name=other&duration=-5",
        f"{maker.path}?a=%00&a=2",
        f"{maker.path}?debug=true&trace=1&verbose=true",
        f"{maker.path}?format=xml&callback=x&api-version=2",
        f"{maker.path}?$select=id&fields=id&pretty=1",
        f"{maker.path}?isSendEmail=true&moduleID=x",
        f"{maker.path}?&&=&a[]=1",
    ):
        yield _with(maker, "http.headers", f"the target {target}", target=target)
    for name, value in (
        ("X-Request-ID", maker.uuid()),
        ("Origin", "https://example.org"),
        ("Cookie", "a=b"),
        *(("Accept-Language", words) for words in ("ar, zh;q=0.5", "de-DE", "fr", "en-US", "tr", "th-TH", "xx", "*")),
        ("Time-Zone", "America/New_York"),
        ("Expect", "100-continue"),
        ("Accept-Encoding", "identity"),
        ("If-None-Match", "*"),
        ("If-Match", '"x"'),
        ("If-Modified-Since", "Mon, 18 Jan 2038 02:00:00 GMT"),
        ("Cookie", ".AspNetCore.Culture=c=th|uic=th; lang=de; theme=dark"),
        ("Range", "bytes=0-1"),
        ("Prefer", "return=minimal"),
        ("Idempotency-Key", "1"),
        ("X-Forwarded-Host", "example.org"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Original-URL", "/other"),
        ("X-Rewrite-URL", "/other"),
        ("Ocp-Apim-Trace", "true"),
        *(("User-Agent", words) for words in _AGENTS),
        ("Connection", "keep-alive"),
        ("Cache-Control", "no-cache"),
        ("DNT", "1"),
        ("X-Debug", "1"),
        ("X-Requested-With", "XMLHttpRequest"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("Forwarded", "host=example.org"),
        ("Referer", "https://example.org/"),
        ("Content-Language", "de"),
        ("X-Long", "x" * 4000),
        ("Accept-Charset", "iso-8859-1"),
        ("X-Forwarded-Proto", "http"),
        ("Content-Location", "/other"),
        ("Upgrade-Insecure-Requests", "1"),
    ):
        # Twice: whoever keeps answers by one of these would give the first meeting for the second.
        title = f"a header {name}: {value[:30]}"
        yield _with(maker, "http.headers", title, (name, value))
        body = {**whole(maker), "name": f"Größe 课 🎉 {maker.uuid()}"}
        request = maker.post(encode(body)).having(name, value)
        yield maker.legal("http.headers", f"{title}, again, with every option", body, request=request)
    yield maker.legal("http.headers", "no User-Agent", body, request=request.without("user-agent"))
    for encodings in ("gzip", "gzip, deflate", "gzip;q=1.0, identity;q=0.5", "deflate", "gzip, deflate, br, zstd", "*"):
        for words, body in (("", maker.minimal()), (" and long texts", _long(maker))):
            request = maker.post(encode(body)).having("Accept-Encoding", encodings)
            yield maker.legal("http.headers", f"Accept-Encoding: {encodings}{words}", body, request=request)
    long = replace(maker.post(encode(maker.minimal())), target=f"{maker.path}?a={'x' * 3000}")
    yield Case("http.robust", "a query of 3,000 characters", long, frozenset({201, 400, 404, 414}))
    yield from _encoded(maker)
    for name in _OVERRIDES:
        for method in ("GET", "DELETE", "PUT"):
            yield _with(maker, "http.method-override", f"{name}: {method} on a POST", (name, method))
            target = f"{maker.path}?{name}={method}"
            yield _with(maker, "http.method-override", f"the target {target}", target=target)
    unlabelled = maker.post(encode(maker.minimal())).having("Expect", "nonsense")
    yield Case("http.robust", "an unknown expectation", unlabelled, frozenset({201, 417}))


def _long(maker: Maker) -> dict[str, object]:
    """A legal body whose answer is longer than what servers send without compressing it."""
    texts = [it for it in maker.contract.request_fields if len(it.path) == 1 and it.type == "string"]
    free = {it.name: ("long text " * 100)[: it.schema.get("maxLength")] for it in texts if "format" not in it.schema}
    return {**whole(maker), **free}


def _odd_queries(maker: Maker) -> Iterator[Case]:
    for target in (f"{maker.path}?a=%zz", f"{maker.path}?%", f"{maker.path}?a=%e8%af"):
        odd = replace(maker.post(encode(maker.minimal())), target=target)
        yield Case("http.robust", f"the target {target}", odd, frozenset({201, 400}))


def _encoded(maker: Maker) -> Iterator[Case]:
    """Bodies that are compressed, or say so: to be read or refused."""
    plain = maker.post(encode(maker.minimal()))
    for name, packed in (
        ("gzip", gzip.compress(plain.body, mtime=0)),
        ("deflate", zlib.compress(plain.body)),
        ("br", plain.body),
        ("gzip", plain.body),
        ("identity", plain.body),
    ):
        words = "of plain text" if packed == plain.body else "as it says"
        request = replace(plain, body=packed).having("Content-Encoding", name)
        yield Case("http.robust", f"a body labelled {name}, {words}", request, frozenset({201, 400, 415}))


def _methods(maker: Maker) -> Iterator[Case]:
    legal = maker.post(encode(maker.minimal()))
    for method in _METHODS:
        allowed = UNMATCHED | (
            {200, 204} if method == "OPTIONS" else {400, 501} if method not in _METHODS[:5] else set()
        )
        yield Case(
            "route.method", f"{method} instead of POST", replace(legal, method=method), allowed, scene="unmatched"
        )
    empty = replace(legal, method="GET", body=b"").without("content-type")
    yield Case("route.method", "GET without a body", empty, UNMATCHED, scene="unmatched")
    for name in _OVERRIDES[:3]:
        request = replace(legal, method="GET").having(name, "POST")
        yield Case("route.nothing-created", f"GET with {name}: POST", request, UNMATCHED | {400}, scene="unmatched")


def _paths(maker: Maker) -> Iterator[Case]:
    yield from _markup(maker)
    legal = maker.post(encode(maker.minimal()))
    base = maker.path.removesuffix("/Meeting")
    for path in (
        "/Meetings",
        "/Meetin",
        "/Meeting/1",
        f"/Meeting/{maker.uuid()}",
        "/Meeting/Meeting",
        "/Meeting.json",
        "/",
        "/Meeting%20",
        "/Meeting%00",
        "/Meeting/x/Meeting",
        "/v1/Meeting",
        "/Meeting;a=1",
        "/xMeeting",
    ):
        allowed = UNMATCHED | {400} if "%" in path else UNMATCHED
        yield Case("route.path", f"POST {path}", replace(legal, target=base + path), allowed, scene="unmatched")
    for path in (
        f"{base}/meeting",
        f"{base}/MEETING",
        f"{base}/Meeting/",
        f"{base}//Meeting",
        f"{base}/%4Deeting",
        f"{base}/./Meeting",
        f"{base}/Meeting%2F",
    ):
        tolerated = UNMATCHED | {201, 307, 308, 400}
        yield Case(
            "http.robust", f"POST {path.removeprefix(base)}", replace(legal, target=path), tolerated, scene="unmatched"
        )
    for prefix in ("/v1", "/api", "/prod"):
        elsewhere = replace(legal, target=prefix + maker.path)
        yield Case("route.path", f"POST {elsewhere.target}", elsewhere, UNMATCHED, scene="unmatched")
    if base:
        yield Case(
            "route.path", "POST without the base path", replace(legal, target="/Meeting"), UNMATCHED, scene="unmatched"
        )


def _markup(maker: Maker) -> Iterator[Case]:
    """Markup in places that an error might repeat."""
    script = "<script>alert(1)</script>"
    legal = maker.post(encode(maker.minimal()))
    for field in maker.contract.request_fields:
        if len(field.path) == 1 and (field.schema.get("format") or field.type != "string"):
            yield maker.judged(
                f"request.{field.name}.type",
                f"{field.name} as markup",
                {**maker.minimal(), field.name: script},
                fault=field.name,
            )
    request = legal.having(KEY_HEADER, script)
    yield Case("key.status", "markup for a key", request, frozenset({401}), scene="invalid-key")
    target = f"{maker.path}/%3Cscript%3Ealert(1)%3C/script%3E"
    yield Case("route.path", "markup in the path", replace(legal, target=target), UNMATCHED | {400}, scene="unmatched")

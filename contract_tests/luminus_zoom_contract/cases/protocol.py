"""Protocol: media types, headers, keys, tokens, methods and paths around a legal body."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from luminus_zoom_contract.cases.case import PLACEHOLDER, Case, Maker, encode
from luminus_zoom_contract.cases.samples import is_plain
from luminus_zoom_contract.cases.sequences import whole
from luminus_zoom_contract.run.transport import HttpRequest

UNMATCHED: Final = frozenset({404, 405})
_UNSUPPORTED: Final = frozenset({415})
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CREATE")
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

_OTHER_TYPES: Final = (
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
)
"""Media types that no JSON has."""
_HARMLESS: Final = (
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
)
"""Headers that change nothing."""


def protocol_cases(maker: Maker) -> Iterator[Case]:
    """All cases about what surrounds the body."""
    if maker.has_json:
        yield from _media_types(maker)
    yield from _accept(maker)
    yield from _headers(maker)
    yield from _odd_queries(maker)
    yield from _methods(maker)
    yield from _paths(maker)


def dressed(maker: Maker) -> Iterator[tuple[str, HttpRequest, frozenset[int]]]:
    """Requests that may make a meeting, in unusual dress: a title, the request, and how else it may be answered."""
    for case in (*(_media_types(maker) if maker.has_json else ()), *_accept(maker), *_headers(maker), *_paths(maker)):
        if case.may_succeed:
            yield case.title, case.request, case.expect - maker.succeeds


def _media_types(maker: Maker) -> Iterator[Case]:
    for listed in maker.operation.request_media_types:
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
                body = _odd_whole(maker)
                request = maker.post(encode(body), media_type=written)
                yield maker.legal("media-type.request", f"a body labelled {written}", body, request=request)
    documented = maker.operation.request_media_types
    for name in _OTHER_TYPES:
        if name in documented:
            continue
        request = maker.post(encode(maker.minimal()), media_type=name)
        yield maker.case("media-type.unsupported", f"a body labelled {name}", request, _UNSUPPORTED)
    request = maker.post(encode(maker.minimal()))
    # The page calls the header optional, so a server may also read such a body as JSON.
    tolerated = maker.either | {415}
    yield maker.case("http.robust", "a body without a label", request.without("content-type"), tolerated)
    for written in (
        "",
        "application/json; charset=nonsense",
        "application/json, text/plain",
        "application/json; x=y",
        "*/*",
    ):
        yield maker.case(
            "http.robust", f"a body labelled {written!r}", request.having("Content-Type", written), tolerated
        )
    patch = [{"op": "add", "path": f"/{name}", "value": value} for name, value in maker.minimal().items()]
    for media_type in {"application/json-patch+json", "application/json"} & {*documented}:
        yield maker.raw(
            "request.body.type", f"a JSON Patch labelled {media_type}", encode(patch), media_type=media_type
        )
    yield maker.raw("request.body.type", "a list of two bodies", encode([maker.minimal(), maker.minimal()]))


def _accept(maker: Maker) -> Iterator[Case]:
    documented = maker.operation.response_media_types(maker.operation.success)
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
        wrong, fault = maker.wrong() if maker.has_json else (None, "")
        if fault:
            request = maker.post(encode(wrong)).having("Accept", accept)
            refused, title = maker.operation.refusals, f"a wrong {fault} with Accept: {accept}"
            yield maker.case(f"request.{fault}.accepts", title, request, refused, wrong, fault=fault)
    body = maker.minimal()
    bare = maker.post(maker.encoded(body)).without("accept")
    yield maker.legal("media-type.accept", "no Accept", body, request=bare)
    for accept in ("image/png", "application/xml", "text/html", "", "application/json;q=0", "nonsense"):
        request = maker.request().having("Accept", accept)
        yield maker.case("http.robust", f"Accept: {accept!r}", request, maker.either | {406})


def _with(
    maker: Maker, clause: str, title: str, *headers: tuple[str, str], target: str | None = None, **changes: Any
) -> Case:
    body = maker.minimal()
    request = maker.post(maker.encoded(body), target=target)
    return maker.legal(
        clause, title, body, request=replace(request, headers=(*_less(request, headers), *headers)), **changes
    )


def _less(request: HttpRequest, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return request.without(*(name.lower() for name, _ in headers)).headers


def _headers(maker: Maker) -> Iterator[Case]:
    body = maker.minimal()
    request = maker.post(maker.encoded(body))
    for words, change in (("lower", str.lower), ("upper", str.upper)):
        headers = tuple((change(name), value) for name, value in request.headers)
        yield maker.legal(
            "http.headers", f"header names in {words} case", body, request=replace(request, headers=headers)
        )
    for query in _queries(maker):
        target = maker.extended(query)
        yield _with(maker, "http.headers", f"the target {target}", target=target)
    taken = {"cookie" if it.place == "cookie" else it.name.lower() for it in maker.operation.parameters}
    harmless = [it for it in (("X-Request-ID", maker.uuid()), *_HARMLESS) if it[0].lower() not in taken]
    for name, value in harmless:
        # Twice: whoever keeps answers by one of these would give the first meeting for the second.
        title = f"a header {name}: {value[:30]}"
        yield _with(maker, "http.headers", title, (name, value))
        body = _odd_whole(maker)
        request = maker.post(maker.encoded(body)).having(name, value)
        yield maker.legal("http.headers", f"{title}, again, with every option", body, request=request)
    yield maker.legal("http.headers", "no User-Agent", body, request=request.without("user-agent"))
    for encodings in ("gzip", "gzip, deflate", "gzip;q=1.0, identity;q=0.5", "deflate", "gzip, deflate, br, zstd", "*"):
        for words, body in (("", maker.minimal()), (" and long texts", _long(maker))):
            request = maker.post(maker.encoded(body)).having("Accept-Encoding", encodings)
            yield maker.legal("http.headers", f"Accept-Encoding: {encodings}{words}", body, request=request)
    long = replace(maker.request(), target=maker.extended(f"a={'x' * 3000}"))
    yield maker.case("http.robust", "a query of 3,000 characters", long, maker.either | {404, 414})
    if maker.has_json:
        yield from _encoded(maker)
    for name in _OVERRIDES:
        for method in {"GET": ("POST",)}.get(maker.operation.method) or ("GET", "DELETE", "PUT"):
            title = f"{name}: {method} on a {maker.operation.method}"
            yield _with(maker, "http.method-override", title, (name, method))
            target = maker.extended(f"{name}={method}")
            yield _with(maker, "http.method-override", f"the target {target}", target=target)
    unlabelled = maker.request().having("Expect", "nonsense")
    yield maker.case("http.robust", "an unknown expectation", unlabelled, maker.succeeds | {417})


def _long(maker: Maker) -> dict[str, object]:
    """A legal body whose answer is longer than what servers send without compressing it."""
    if not maker.has_json:
        return {}
    texts = [
        it for it in maker.tops if it.type == "string" and is_plain(it) and not {"format", "enum"} & it.schema.keys()
    ]
    return {**whole(maker), **{it.name: ("long text " * 100)[: it.schema.get("maxLength")] for it in texts}}


def _odd_whole(maker: Maker) -> Any:
    """A legal body with every property and an unusual text; None where the operation takes no JSON."""
    if not maker.has_json:
        return None
    return {**whole(maker), **({maker.text: f"Größe 课 🎉 {maker.uuid()}"} if maker.text else {})}


def _queries(maker: Maker) -> list[str]:
    """Queries of nothing that the contract knows, and of what is known to belong into the body."""
    known = [f"{field.name}={value}" for field, value in zip(maker.tops, ("x", "other", "-5", "true"), strict=False)]
    switches = [f"{maker.switch}=true"] if maker.switch else []
    foreign = [
        "", "entities=true", "a=%00&a=2", "debug=true&trace=1&verbose=true", "format=xml&callback=x&api-version=2",
        "$select=id&fields=id&pretty=1", "&&=&a[]=1",
    ]  # fmt: skip
    members = "&".join(f"{name}={value}" for name, value in ((maker.text, "other"), (maker.number, -5)) if name)
    return [*foreign, *([members] if members else []), "&".join([*switches, *known[:1]])]


def _odd_queries(maker: Maker) -> Iterator[Case]:
    for query in ("a=%zz", "%", "a=%e8%af"):
        odd = replace(maker.request(), target=maker.extended(query))
        yield maker.case("http.robust", f"the target {odd.target}", odd, maker.either)


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
        yield maker.case("http.robust", f"a body labelled {name}, {words}", request, maker.either | {415})


def _methods(maker: Maker) -> Iterator[Case]:
    legal, mine = maker.request(), maker.operation.method
    taken = {mine, *maker.siblings} | ({"HEAD"} if "GET" in maker.siblings else set())
    spellings = [mine.lower(), mine.title()]
    for method in [*(it for it in _METHODS if it not in taken), *spellings]:
        tolerated = (
            {200, 204} if method == "OPTIONS" else {400, 501} if method in {*_METHODS[6:], *spellings} else set()
        )
        title, request = f"{method} instead of {mine}", replace(legal, method=method)
        yield maker.case("route.method", title, request, UNMATCHED | tolerated, scene="unmatched")
    if mine == "POST" and "GET" not in taken:
        empty = replace(legal, method="GET", body=b"").without("content-type")
        yield maker.case("route.method", "GET without a body", empty, UNMATCHED, scene="unmatched")
        for name in _OVERRIDES[:3]:
            request = replace(legal, method="GET").having(name, "POST")
            title = f"GET with {name}: POST"
            yield maker.case("route.nothing-created", title, request, UNMATCHED | {400}, scene="unmatched")


def _paths(maker: Maker) -> Iterator[Case]:
    yield from _markup(maker)
    legal = maker.request()
    path, query = maker.path.removeprefix(maker.base), legal.target[len(maker.path) :]
    last = path.rpartition("/")[2]
    # What is behind or around a path may be another operation's, where one takes any text.
    beside = (
        f"{path}s", path[:-1], f"{path}/1", f"{path}/{maker.uuid()}", f"{path}.json", f"{path}%20", f"{path}%00",
        f"{path};a=1", f"{path.removesuffix(last)}x{last}",
    )  # fmt: skip
    for other in (
        *(() if maker.has_open_neighbours else (*beside, f"{path}/{last}")),
        "/",
        f"{path}/x/{last}",
        f"/v1{path}",
    ):
        allowed = UNMATCHED | {400} if "%" in other else UNMATCHED
        if other not in maker.paths:
            request = replace(legal, target=maker.base + other + query)
            yield maker.case("route.path", f"{legal.method} {other}", request, allowed, scene="unmatched")
    if PLACEHOLDER in path:
        return
    for other in (
        path.lower(),
        path.upper(),
        f"{path}/",
        f"/{path}",
        f"/%{ord(path[1]):02X}{path[2:]}",
        f"/.{path}",
        f"{path}%2F",
    ):
        if other != path:
            tolerated = UNMATCHED | maker.either | {307, 308}
            request = replace(legal, target=maker.base + other + query)
            yield maker.case("http.robust", f"{legal.method} {other}", request, tolerated, scene="unmatched")
    for prefix in ("/v1", "/api", "/prod"):
        elsewhere = replace(legal, target=prefix + legal.target)
        yield maker.case("route.path", f"{legal.method} {elsewhere.target}", elsewhere, UNMATCHED, scene="unmatched")
    if maker.base:
        title, request = f"{legal.method} without the base path", replace(legal, target=path + query)
        yield maker.case("route.path", title, request, UNMATCHED, scene="unmatched")


def _markup(maker: Maker) -> Iterator[Case]:
    """Markup in places that an error might repeat."""
    script = "<script>alert(1)</script>"
    legal = maker.request()
    for field in maker.tops:
        if field.schema.get("format") or field.type != "string":
            body = {**maker.minimal(), field.name: script}
            yield maker.judged(f"request.{field.name}.type", f"{field.name} as markup", body, fault=field.name)
    if maker.key_header and maker.operation.scheme("apiKey")[1]:
        request = legal.having(maker.key_header, script)
        yield maker.case("key.status", "markup for a key", request, {401}, scene="invalid-key")
    if not maker.has_open_neighbours:
        request = replace(legal, target=f"{maker.path}/%3Cscript%3Ealert(1)%3C/script%3E")
        yield maker.case("route.path", "markup in the path", request, UNMATCHED | {400}, scene="unmatched")

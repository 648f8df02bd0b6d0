"""Protocol: media types, headers, methods and paths around a legal body."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs

from luminus_zoom_contract.cases.case import PLACEHOLDER, Case, Maker, encode
from luminus_zoom_contract.run.transport import HttpRequest

UNMATCHED: Final = frozenset({404, 405})
_COMMON: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_UNCOMMON: Final = ("OPTIONS", "TRACE", "PROPFIND", "CREATE")
_OVERRIDES: Final = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")
_SPELLINGS: Final = ("{}", "{}; charset=utf-8", "{};charset=UTF-8", '{}; charset="utf-8"')
_OTHER_TYPES: Final = (
    "text/plain", "application/xml", "text/xml", "application/x-www-form-urlencoded", "multipart/form-data",
    "application/octet-stream", "application/jsonp", "application/json5", "application/x-json", "text/x+json",
    "application/*", "json",
)  # fmt: skip
"""Media types that no JSON has."""
_ODD_TYPES: Final = ("", "application/json; charset=nonsense", "application/json, text/plain", "*/*")
_ACCEPTED: Final = (
    "*/*", "application/*", "text/*", "text/plain;q=0.5, application/json", "application/json;q=0.9,text/plain;q=0.1",
    "APPLICATION/JSON", "application/json; charset=utf-8", "text/html,application/xml;q=0.9,*/*;q=0.8",
)  # fmt: skip
_NOT_ACCEPTABLE: Final = ("image/png", "application/xml", "text/html", "", "application/json;q=0", "nonsense")
_ENCODINGS: Final = ("gzip", "gzip;q=1.0, identity;q=0.5", "deflate", "gzip, deflate, br, zstd", "*")
_AGENTS: Final = (
    "", "curl/8.5.0", "Mozilla/5.0 (X11; Linux) Gecko/20100101", "python-requests/2.32.0", "python-httpx/0.28.1",
    "PostmanRuntime/7.43.0", "kube-probe/1.29", "Googlebot/2.1", "x" * 600,
)  # fmt: skip
_HARMLESS: Final = (
    ("Origin", "https://example.org"),
    ("Cookie", "a=b"),
    ("Cookie", ".AspNetCore.Culture=c=th|uic=th; lang=de; theme=dark"),
    *(("Accept-Language", words) for words in ("ar, zh;q=0.5", "de-DE", "th-TH", "*")),
    *(("User-Agent", words) for words in _AGENTS),
    ("Time-Zone", "America/New_York"),
    ("Expect", "100-continue"),
    ("Accept-Encoding", "identity"),
    ("If-None-Match", "*"),
    ("If-Match", '"x"'),
    ("If-Modified-Since", "Mon, 18 Jan 2038 02:00:00 GMT"),
    ("Range", "bytes=0-1"),
    ("Prefer", "return=minimal"),
    ("Idempotency-Key", "1"),
    ("X-Forwarded-Host", "example.org"),
    ("X-Forwarded-For", "192.0.2.1"),
    ("X-Forwarded-Proto", "http"),
    ("X-Original-URL", "/other"),
    ("X-Rewrite-URL", "/other"),
    ("Ocp-Apim-Trace", "true"),
    ("Cache-Control", "no-cache"),
    ("X-Debug", "1"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("Referer", "https://example.org/"),
    ("Content-Language", "de"),
    ("Content-Location", "/other"),
    ("Accept-Charset", "iso-8859-1"),
    ("X-Long", "x" * 4000),
)
"""Headers that change nothing."""

_EVERY_OPTION: Final = "with every option and an unusual text"


def protocol_cases(maker: Maker) -> Iterator[Case]:
    """All cases about what surrounds the body."""
    if maker.has_json:
        yield from _media_types(maker)
    yield from _accept(maker)
    yield from _headers(maker)
    yield from _queries(maker)
    yield from _methods(maker)
    yield from _paths(maker)


def dressed(maker: Maker) -> Iterator[tuple[str, HttpRequest, frozenset[int]]]:
    """Requests that may make a meeting, in unusual dress: a title, the request, and how else it may be answered."""
    for case in protocol_cases(maker):
        if case.may_succeed and (maker.thorough or ", again, " not in case.title):
            yield case.title, case.request, case.expect - maker.succeeds


def _media_types(maker: Maker) -> Iterator[Case]:
    documented = maker.operation.request_media_types
    ranges = ("vnd.luminus.v1", "ld")
    named = [listed.replace("*", word) for listed in documented for word in (ranges if "*" in listed else ("",))]
    for name in named:
        for written in (*(form.format(name) for form in _SPELLINGS), name.upper()):
            body = _odd_whole(maker)
            request = maker.post(encode(body), media_type=written)
            title = f"a body labelled {written}, {_EVERY_OPTION}"
            yield maker.legal("media-type.request", title, body, request=request)
    body = maker.minimal()
    legal = maker.post(encode(body))
    for name in (it for it in _OTHER_TYPES if it not in documented):
        request = legal.having("Content-Type", name)
        yield maker.case("media-type.unsupported", f"a body labelled {name}", request, {415})
    # The page calls the header optional, so a server may also read such a body as JSON.
    odd = {"a body without a label": legal.without("content-type")}
    odd |= {f"a body labelled {written!r}": legal.having("Content-Type", written) for written in _ODD_TYPES}
    # To be read or refused.
    for coding, packed in (("gzip", gzip.compress(legal.body, mtime=0)), ("deflate", zlib.compress(legal.body))):
        request = replace(legal, body=packed).having("Content-Encoding", coding)
        odd[f"a body in {coding}, as it says"] = request
    for coding in ("br", "gzip", "identity"):
        odd[f"a plain body labelled {coding}"] = legal.having("Content-Encoding", coding)
    for title, request in odd.items():
        yield maker.case("http.robust", title, request, maker.either | {415}, body)
    patch = [{"op": "add", "path": f"/{name}", "value": value} for name, value in maker.minimal().items()]
    for media_type in {"application/json-patch+json", "application/json"} & {*documented}:
        title = f"a JSON Patch labelled {media_type}"
        yield maker.raw("request.body.type", title, encode(patch), media_type=media_type)
    yield maker.raw("request.body.type", "a list of two bodies", encode([maker.minimal(), maker.minimal()]))


def _accept(maker: Maker) -> Iterator[Case]:
    for accept in (*maker.operation.response_media_types(maker.operation.success), *_ACCEPTED):
        yield _with(maker, "media-type.accept", f"Accept: {accept}", ("Accept", accept))
        wrong, fault = maker.wrong() if maker.has_json else (None, "")
        if fault:
            request = maker.post(encode(wrong)).having("Accept", accept)
            refused, title = maker.operation.refusals, f"a wrong {fault} with Accept: {accept}"
            yield maker.case(f"request.{fault}.accepts", title, request, refused, wrong, fault=fault)
    yield _without(maker, "media-type.accept", "Accept")
    for accept in _NOT_ACCEPTABLE:
        request = maker.request().having("Accept", accept)
        yield maker.case("http.robust", f"Accept: {accept!r}", request, maker.either | {406})


def _with(maker: Maker, clause: str, title: str, header: tuple[str, str], body: Any = None) -> Case:
    """A case with a header, in place of one of that name; a minimal body unless another is given."""
    body = maker.minimal() if body is None else body
    return maker.legal(clause, title, body, request=maker.post(maker.encoded(body)).having(*header))


def _without(maker: Maker, clause: str, name: str) -> Case:
    body = maker.minimal()
    request = maker.post(maker.encoded(body)).without(name.lower())
    return maker.legal(clause, f"no {name}", body, request=request)


def _headers(maker: Maker) -> Iterator[Case]:
    for words, change in (("lower", str.lower), ("upper", str.upper)):
        body = maker.minimal()
        request = maker.post(maker.encoded(body))
        request = replace(request, headers=tuple((change(name), value) for name, value in request.headers))
        yield maker.legal("http.headers", f"header names in {words} case", body, request=request)
    taken = {"cookie" if it.place == "cookie" else it.name.lower() for it in maker.operation.parameters}
    for name, value in (("X-Request-ID", maker.uuid()), *_HARMLESS):
        if name.lower() in taken:
            continue
        # Twice: whoever keeps answers by one of these would give the first meeting for the second.
        title = f"a header {name}: {value[:30]}"
        yield _with(maker, "http.headers", title, (name, value))
        yield _with(
            maker,
            "http.headers",
            f"{title}, again, {_EVERY_OPTION}",
            (name, value),
            _odd_whole(maker),
        )
    yield _without(maker, "http.headers", "User-Agent")
    for encodings in _ENCODINGS:
        for words, body in (("", maker.minimal()), (" and long texts", _long(maker))):
            title = f"Accept-Encoding: {encodings}{words}"
            yield _with(maker, "http.headers", title, ("Accept-Encoding", encodings), body)
    for name in _OVERRIDES:
        for method in ("POST",) if maker.operation.method == "GET" else ("GET", "DELETE"):
            title = f"{name}: {method} on a {maker.operation.method}"
            yield _with(maker, "http.method-override", title, (name, method))
            yield _asking(maker, "http.method-override", f"{name}={method}")
    unknown = maker.request().having("Expect", "nonsense")
    yield maker.case("http.robust", "an unknown expectation", unknown, maker.succeeds | {417})


def _long(maker: Maker) -> Any:
    """A legal body whose answer is longer than what servers send without compressing it."""
    texts = [it for it in maker.tops if it.is_free_text] if maker.has_json else []
    long = {it.name: ("long text " * 100)[: it.schema.get("maxLength")] for it in texts}
    return {**maker.whole(), **long} if texts else maker.whole()


def _odd_whole(maker: Maker) -> Any:
    """A legal body with every property and an unusual text; None where the operation takes no JSON."""
    return maker.worded(f"Größe 课 🎉 {maker.uuid()}", items=1)


def _asking(maker: Maker, clause: str, query: str) -> Case:
    body, target = maker.minimal(), maker.extended(query)
    return maker.legal(clause, f"the target {target}", body, request=maker.post(maker.encoded(body), target=target))


def _queries(maker: Maker) -> Iterator[Case]:
    """Queries of nothing that the contract knows, and of what is known to belong into the body."""
    foreign = (
        "",
        "entities=true",
        "a=%00&a=2",
        "debug=true&trace=1&verbose=true",
        "format=xml&callback=x",
        "&&=&a[]=1",
    )
    values = {maker.text: "other", maker.number: "-5", maker.switch: "true"}
    members = "&".join(f"{name}={value}" for name, value in values.items() if name)
    known = {it.name.lower() for it in maker.operation.parameters if it.place == "query"}
    for query in (*foreign, *([members] if members else [])):
        if known.isdisjoint(name.lower() for name in parse_qs(query, keep_blank_values=True)):
            yield _asking(maker, "http.headers", query)
    for query, more in (
        ("a=%zz", set[int]()),
        ("%", set[int]()),
        ("a=%e8%af", set[int]()),
        (f"a={'x' * 3000}", {404, 414}),
    ):
        odd = replace(maker.request(), target=maker.extended(query))
        yield maker.case("http.robust", f"the target {odd.target[:60]}", odd, maker.either | more)


def _methods(maker: Maker) -> Iterator[Case]:
    legal, mine = maker.request(), maker.operation.method
    taken = {mine, *maker.siblings} | ({"HEAD"} if "GET" in maker.siblings else set())
    spellings = (mine.lower(), mine.title())
    for method in (*_COMMON, *_UNCOMMON, *spellings):
        if method in taken:
            continue
        tolerated = {400, 501} if method in {*_UNCOMMON, *spellings} else set()
        tolerated |= {200, 204} if method == "OPTIONS" else set()
        title, request = f"{method} instead of {mine}", replace(legal, method=method)
        yield maker.case("route.method", title, request, UNMATCHED | tolerated, scene="unmatched")
    if mine == "POST" and "GET" not in taken:
        empty = replace(legal, method="GET", body=b"").without("content-type")
        yield maker.case("route.method", "GET without a body", empty, UNMATCHED, scene="unmatched")
        for name in _OVERRIDES[:3]:
            title, request = f"GET with {name}: POST", replace(legal, method="GET").having(name, "POST")
            yield maker.case("route.nothing-created", title, request, UNMATCHED | {400}, scene="unmatched")


def _paths(maker: Maker) -> Iterator[Case]:
    yield from _markup(maker)
    legal = maker.request()
    path, query = maker.path.removeprefix(maker.base), legal.target[len(maker.path) :]
    last = path.rpartition("/")[2]
    # What is behind or around a path may be another operation's, where one takes any text.
    beside = (
        f"{path}s", path[:-1], f"{path}/1", f"{path}/{maker.uuid()}", f"{path}.json", f"{path}%20", f"{path}%00",
        f"{path};a=1", f"{path.removesuffix(last)}x{last}", f"{path}/{last}",
    )  # fmt: skip
    targets = {maker.base + it for it in ("/", f"{path}/x/{last}", f"/v1{path}") if it not in maker.paths}
    if not maker.has_open_neighbours:
        targets |= {maker.base + it for it in beside if it not in maker.paths}
    if PLACEHOLDER not in path:
        targets |= {f"{prefix}{maker.path}" for prefix in ("/v1", "/api")} | ({path} if maker.base else set())
    for target in sorted(targets):
        allowed = UNMATCHED | {400} if "%" in target else UNMATCHED
        request = replace(legal, target=target + query)
        yield maker.case("route.path", f"{legal.method} {target}", request, allowed, scene="unmatched")
    if PLACEHOLDER in path:
        return
    spelt = (path.lower(), path.upper(), f"{path}/", f"/{path}", f"/%{ord(path[1]):02X}{path[2:]}", f"/.{path}")
    for other in (it for it in spelt if it != path):
        tolerated = UNMATCHED | maker.either | {307, 308}
        request = replace(legal, target=maker.base + other + query)
        yield maker.case("http.robust", f"{legal.method} {other}", request, tolerated, scene="unmatched")


def _markup(maker: Maker) -> Iterator[Case]:
    """Markup in places that an error might repeat."""
    script = "<script>alert(1)</script>"
    for field in maker.tops:
        if field.schema.get("format") or field.type != "string":
            body = {**maker.minimal(), field.name: script}
            yield maker.judged(f"request.{field.name}.type", f"{field.name} as markup", body, fault=field.name)
    if maker.needs_key:
        request = maker.request().having(maker.key_header, script)
        yield maker.case("key.status", "markup for a key", request, {401}, scene="invalid-key")
    if not maker.has_open_neighbours:
        request = replace(maker.request(), target=f"{maker.path}/%3Cscript%3Ealert(1)%3C/script%3E")
        yield maker.case("route.path", "markup in the path", request, UNMATCHED | {400}, scene="unmatched")

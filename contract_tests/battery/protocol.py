"""Protocol: media types, headers, keys, tokens, methods and paths around a legal body."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from contract_tests.battery.case import KEY_HEADER, Case, Maker, encode
from contract_tests.battery.sequences import whole
from contract_tests.exchange import HttpRequest

DENIED: Final = frozenset({401})
UNMATCHED: Final = frozenset({404, 405})
_UNSUPPORTED: Final = frozenset({415})
_METHODS: Final = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CREATE", "post", "Post")
_OVERRIDES: Final = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")


def protocol_cases(maker: Maker) -> Iterator[Case]:
    """All cases about what surrounds the body."""
    yield from _media_types(maker)
    yield from _accept(maker)
    yield from _headers(maker)
    yield from _keys(maker)
    yield from _bearer(maker)
    yield from _methods(maker)
    yield from _paths(maker)


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
    patch = b'[{"op":"add","path":"/name","value":"x"}]'
    yield maker.raw("request.body.type", "a JSON Patch", patch, media_type="application/json-patch+json")


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
    ):
        yield _with(maker, "media-type.accept", f"Accept: {accept}", ("Accept", accept))
        wrong = {**maker.minimal(), "duration": -1}
        request = maker.post(encode(wrong)).having("Accept", accept)
        field = "request.duration.minimum" if "request.duration.minimum" in maker.clauses else "request.body.accepts"
        yield Case(field, f"duration -1 with Accept: {accept}", request, frozenset({400}), wrong, "duration")
    body = maker.minimal()
    yield maker.legal("media-type.accept", "no Accept", body, request=maker.post(encode(body)).without("accept"))
    for accept in ("image/png", "application/xml", "", "application/json;q=0", "nonsense"):
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
        ("Range", "bytes=0-1"),
        ("Prefer", "return=minimal"),
        ("Idempotency-Key", "1"),
        ("X-Forwarded-Host", "example.org"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Original-URL", "/other"),
        ("X-Rewrite-URL", "/other"),
        ("Ocp-Apim-Trace", "true"),
        *(("User-Agent", words) for words in ("", "curl/8.5.0", "Mozilla/5.0 (X11; Linux) Gecko/20100101", "x" * 600)),
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
    ):
        yield _with(maker, "http.headers", f"a header {name}: {value[:30]}", (name, value))
    yield maker.legal("http.headers", "no User-Agent", body, request=request.without("user-agent"))
    for target in (f"{maker.path}?a=%zz", f"{maker.path}?%", f"{maker.path}?a=%e8%af"):
        odd = replace(maker.post(encode(maker.minimal())), target=target)
        yield Case("http.robust", f"the target {target}", odd, frozenset({201, 400}))
    for name in _OVERRIDES:
        for method in ("GET", "DELETE", "PUT"):
            yield _with(maker, "http.method-override", f"{name}: {method} on a POST", (name, method))
            target = f"{maker.path}?{name}={method}"
            yield _with(maker, "http.method-override", f"the target {target}", target=target)
    unlabelled = maker.post(encode(maker.minimal())).having("Expect", "nonsense")
    yield Case("http.robust", "an unknown expectation", unlabelled, frozenset({201, 417}))


def _keys(maker: Maker) -> Iterator[Case]:
    key = maker.credentials.key
    legal = maker.post(encode(maker.minimal()))
    bare = legal.without(KEY_HEADER.lower())

    def denied(clause: str, title: str, request: HttpRequest, scene: str, **changes: Any) -> Case:
        return Case(clause, title, request, DENIED, scene=scene, **changes)

    yield denied("key.status", "no key", bare, "missing-key")
    yield denied("key.status", "no key, no bearer token", bare.without("authorization"), "missing-key")
    wrong = {
        "of random digits": f"{maker.random.getrandbits(128):032x}",
        "cut by one": key[:-1],
        "with its first half": key[: len(key) // 2],
        "with one character": key[:1],
        "longer by one": f"{key}0",
        "doubled": key * 2,
        "with its last character changed": _last_changed(key),
        "with its first character changed": _first_changed(key),
        "turned by one": key[1:] + key[:1],
        "of the word null": "null",
        "of a star": "*",
        "of the word undefined": "undefined",
        "in quotes": f'"{key}"',
        "with a scheme": f"Bearer {key}",
        "of zeros": "0" * len(key),
        "with a percent sign": "%",
        "of SQL": "' OR '1'='1",
        "with an umlaut": "ü" * 8,
        "of 5,000 characters": "a" * 5000,
        "with an escaped NUL": f"{key}%00",
        "with an escaped letter": f"%{ord(key[0]):x}{key[1:]}",
        "with a comma and another": f"{key},wrong",
        "behind a comma": f"wrong,{key}",
        "with its first eight characters": key[:8],
        "with its first eight characters and others": key[:8] + "0" * (len(key) - 8),
        "turned round": key[::-1],
        "with a space inside": f"{key[:8]} {key[8:]}",
        "of the word none": "none",
        "of the word true": "true",
        "of the word anonymous": "anonymous",
    }
    if key.swapcase() != key:
        wrong["in the other case"] = key.swapcase()
    for words, value in wrong.items():
        if value not in (key, maker.credentials.forbidden_key):
            yield denied("key.status", f"a key {words}", bare.having(KEY_HEADER, value), "invalid-key")
    yield denied("key.status", "an empty key", bare.having(KEY_HEADER, ""), "empty-key")
    for name in ("subscription-key", "Ocp-Apim-Subscription-Key-Id", "X-Subscription-Key", "Api-Key", "Authorization"):
        yield denied("key.status", f"the key in a header {name}", bare.having(name, key), "missing-key")
    for name, value in (
        ("Authorization", f"Bearer {key}"),
        ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."),
        ("Authorization", "Basic dXNlcjpwYXNz"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("X-Real-IP", "::1"),
        ("X-Original-URL", maker.path),
        ("X-Internal", "1"),
        ("X-Debug", "true"),
        ("Origin", f"http://{maker.host}"),
        ("Referer", f"http://{maker.host}/"),
        ("Ocp-Apim-Trace", "true"),
    ):
        yield denied("key.status", f"no key, but {name}: {value[:12]}", bare.having(name, value), "missing-key")
    yield denied("key.status", "the key in a cookie", bare.having("Cookie", f"subscription-key={key}"), "missing-key")
    twice = replace(legal, headers=(*legal.headers, (KEY_HEADER, "wrong")))
    yield Case("http.robust", "a right key and a wrong one", twice, frozenset({201, 401, 400}))
    yield from _query_keys(maker, bare, key)
    yield from _key_first(maker)


def _query_keys(maker: Maker, bare: HttpRequest, key: str) -> Iterator[Case]:
    name = _query_key(maker)
    if not name:
        return
    body = maker.minimal()
    path = f"{maker.path}?{name}="
    request = replace(bare, body=encode(body), target=path + key)
    yield Case("key.query", "the key in the query alone", request, frozenset({201}), body)
    request = maker.post(encode(body), target=f"{path}wrong")
    yield Case("key.query", "the key in the header, a wrong one in the query", request, frozenset({201}), None)
    for words, value in (
        ("a wrong key", "wrong"),
        ("an empty key", ""),
        ("a prefix of the key", key[:-1]),
        ("a doubled key", key * 2),
    ):
        scene = "invalid-key" if value else "empty-key"
        yield Case("key.status", f"{words} in the query", replace(bare, target=path + value), DENIED, scene=scene)
    both = replace(bare.having(KEY_HEADER, "wrong"), target=path + key)
    yield Case("key.query", "a wrong key in the header, the right one in the query", both, DENIED, scene="invalid-key")
    other = replace(bare, target=f"{maker.path}?key={key}")
    yield Case("key.status", "the key in a query parameter of another name", other, DENIED, scene="missing-key")


def _key_first(maker: Maker) -> Iterator[Case]:
    legal = maker.post(encode(maker.minimal()))
    for words, request in {
        "an illegal body": replace(legal, body=encode({**maker.minimal(), "duration": -1})),
        "a body that is not JSON": replace(legal, body=b"{"),
        "no body": replace(legal, body=b""),
        "a body of another media type": legal.having("Content-Type", "text/plain"),
        "no bearer token": legal.without("authorization"),
        "a large body": replace(legal, body=b" " * 70_000),
    }.items():
        yield Case("key.first", f"no key, {words}", request.without(KEY_HEADER.lower()), DENIED, scene="missing-key")
        yield Case(
            "key.first", f"a wrong key, {words}", request.having(KEY_HEADER, "wrong"), DENIED, scene="invalid-key"
        )


def _last_changed(key: str) -> str:
    return key[:-1] + ("0" if key[-1:] != "0" else "1")


def _first_changed(key: str) -> str:
    return ("0" if key[:1] != "0" else "1") + key[1:]


def _bearer(maker: Maker) -> Iterator[Case]:
    token = maker.credentials.token
    legal = maker.post(encode(maker.minimal()))
    if not token:
        return
    yield Case("bearer.required", "no bearer token", legal.without("authorization"), DENIED, scene="bearer")
    wrong = {
        "an empty header": "",
        "the scheme alone": "Bearer",
        "an empty token": "Bearer ",
        "a wrong token": "Bearer wrong",
        "a token cut by one": f"Bearer {token[:-1]}",
        "a token longer by one": f"Bearer {token}0",
        "a doubled token": f"Bearer {token * 2}",
        "a token in the other case": f"Bearer {token.swapcase()}",
        "the token without a scheme": token,
        "the token under Basic": f"Basic {token}",
        "the token under Digest": f"Digest {token}",
        "a token with its last character changed": f"Bearer {_last_changed(token)}",
        "the key for the token": f"Bearer {maker.credentials.key}",
        "an unsigned token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
        "the word null": "Bearer null",
        "a token in quotes": f'Bearer "{token}"',
        "the first half of the token": f"Bearer {token[: len(token) // 2]}",
    }
    for words, value in wrong.items():
        if value.removeprefix("Bearer ") != token or not value.startswith("Bearer "):
            yield Case("bearer.required", words, legal.having("Authorization", value), DENIED, scene="bearer")
    for words, value in (("in lower case", f"bearer {token}"), ("in upper case", f"BEARER {token}")):
        request = legal.having("Authorization", value)
        yield Case("bearer.scheme", f"the scheme {words}", request, frozenset({201}))
    blanks = legal.having("Authorization", f"Bearer  {token}")
    yield Case("http.robust", "two blanks before the token", blanks, frozenset({201, 401}))
    for words, body in (
        ("an illegal body", encode({**maker.minimal(), "duration": -1})),
        ("a body that is not JSON", b"{"),
    ):
        request = replace(legal, body=body).having("Authorization", "Bearer wrong")
        yield Case("bearer.first", f"a wrong token, {words}", request, DENIED, scene="bearer")


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
    yield Case("key.status", "markup for a key", legal.having(KEY_HEADER, script), DENIED, scene="invalid-key")
    target = f"{maker.path}/%3Cscript%3Ealert(1)%3C/script%3E"
    yield Case("route.path", "markup in the path", replace(legal, target=target), UNMATCHED | {400}, scene="unmatched")


def forbidden_cases(maker: Maker) -> Iterator[Case]:
    """A valid key of a user without rights, where the run was given one, with whatever might turn the check off."""
    if not maker.credentials.forbidden_key:
        return
    optional = {field.name for field in maker.contract.request_fields if not field.required}
    for words, body, media_type in _forbidden(maker):
        request = maker.post(encode(body), media_type=media_type).having(KEY_HEADER, maker.credentials.forbidden_key)
        title = f"a key without rights, {words}"
        yield Case("status.403", title, request, frozenset({403}), scene="forbidden")
        if body.keys() & optional:
            yield maker.legal("sequence.no-leak", f"a minimal request after that of {title}")
    name = _query_key(maker)
    if name:
        bare = maker.post(encode(maker.minimal())).without(KEY_HEADER.lower())
        request = replace(bare, target=f"{maker.path}?{name}={maker.credentials.forbidden_key}")
        title = "a key without rights in the query"
        yield Case("status.403", title, request, frozenset({401, 403}), scene="forbidden")


def _forbidden(maker: Maker) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Bodies, what is special about each, and its media type."""
    media = maker.contract.request_media_types[0]
    yield from (("a plain body", maker.minimal(), media) for _ in range(3))
    yield "every option", whole(maker), media
    for field in maker.contract.request_fields:
        if field.path and field.path[-1] != "[]" and not field.required and len(field.path) < 3:
            yield f"with {field.name}", maker.with_value(field.path, maker.exemplar(field.path)), media
    yield "the module in upper case", {**maker.minimal(), "moduleID": maker.module.upper()}, media
    for listed in maker.contract.request_media_types:
        yield f"labelled {listed}", maker.minimal(), listed.replace("*", "x")


def _query_key(maker: Maker) -> str:
    """The name of the query parameter that may hold the key; empty where there is none."""
    scheme = maker.contract.full["components"]["securitySchemes"].get("subscriptionKeyQuery", {})
    return str(scheme.get("name", ""))

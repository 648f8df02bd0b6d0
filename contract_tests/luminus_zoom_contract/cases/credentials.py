"""Credentials: keys, tokens and rights that are missing or nearly right, wherever a server might forget them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from luminus_zoom_contract.cases.case import Case, Maker, encode
from luminus_zoom_contract.cases.protocol import dressed
from luminus_zoom_contract.cases.sequences import whole
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.spec.operations import Judgement

DENIED: Final = frozenset({401})


def whole_texted(maker: Maker, text: str) -> Any:
    """A legal body with every property and a text of one's own; None where the operation takes no JSON."""
    return {**whole(maker), **({maker.text: text} if maker.text else {})} if maker.has_json else None


def credential_cases(maker: Maker) -> Iterator[Case]:
    """All cases about keys and tokens that are missing, wrong or in a wrong place."""
    if maker.key_header and maker.operation.scheme("apiKey")[1]:
        yield from _keys(maker)
        yield from _places(maker)
        yield from _query_keys(maker)
        yield from _key_first(maker)
    if maker.takes_token:
        yield from _bearer(maker)


def _denied(maker: Maker, clause: str, title: str, request: HttpRequest, scene: str) -> Case:
    return maker.case(clause, title, request, DENIED, scene=scene)


def _keys(maker: Maker) -> Iterator[Case]:
    key = maker.credentials.key
    legal = maker.request()
    bare = legal.without(maker.key_header.lower())
    yield _denied(maker, "key.status", "no key", bare, "missing-key")
    yield _denied(maker, "key.status", "no key, no bearer token", bare.without("authorization"), "missing-key")
    wrong = {**_wrong_keys(key), "of random digits": f"{maker.random.getrandbits(128):032x}"}
    for words, value in wrong.items():
        if value not in (key, maker.credentials.forbidden_key):
            yield _denied(maker, "key.status", f"a key {words}", bare.having(maker.key_header, value), "invalid-key")
    yield _denied(maker, "key.status", "an empty key", bare.having(maker.key_header, ""), "empty-key")
    twice = replace(legal, headers=(*legal.headers, (maker.key_header, "wrong")))
    yield maker.case("http.robust", "a right key and a wrong one", twice, maker.either | {401})


def _wrong_keys(key: str) -> dict[str, str]:
    """Keys that are none, most of them nearly one, by what is wrong with them."""
    half = len(key) // 2
    return {
        "cut by one": key[:-1],
        "with its first half": key[:half],
        "with its last half": key[half:],
        "with one character": key[:1],
        "longer by one": f"{key}0",
        "doubled": key * 2,
        **{f"with character {place + 1} changed": _changed(key, place) for place in _places_of(key)},
        "turned by one": key[1:] + key[:1],
        "of the word null": "null",
        "of the page's placeholder": "{subscription key}",
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
        "with an escaped letter": f"%{ord(key[0]) if key else 0:x}{key[1:]}",
        "with a comma and another": f"{key},wrong",
        "behind a comma": f"wrong,{key}",
        "with a semicolon and another": f"{key};wrong",
        "with its first eight characters": key[:8],
        "with its first eight characters and others": key[:8] + "0" * (len(key) - 8),
        "with a space inside": f"{key[:8]} {key[8:]}",
        "with a hyphen inside": f"{key[:8]}-{key[8:]}",
        "in braces": f"{{{key}}}",
        "of the word none": "none",
        "of the word true": "true",
        "of the word anonymous": "anonymous",
        "in the other case": key.swapcase(),
    }


def _places_of(secret: str, most: int = 32) -> list[int]:
    """Places all over a secret, the ends among them."""
    last = len(secret) - 1
    return sorted({round(step * last / (most - 1)) for step in range(most)}) if secret else []


def _changed(secret: str, place: int) -> str:
    """A secret of which one character is another."""
    return secret[:place] + ("0" if secret[place] != "0" else "1") + secret[place + 1 :]


def _places(maker: Maker) -> Iterator[Case]:
    """The right key where none belongs, and what some servers take for a sign of trust."""
    key = maker.credentials.key
    bare = maker.request().without(maker.key_header.lower())
    for name in (
        "subscription-key",
        "Ocp-Apim-Subscription-Key-Id",
        "X-Subscription-Key",
        "Api-Key",
        "X-Api-Key",
        "ApiKey",
        "X-Functions-Key",
        "Authorization",
    ):
        yield _denied(maker, "key.status", f"the key in a header {name}", bare.having(name, key), "missing-key")
    for name, value in (
        ("Authorization", f"Bearer {key}"),
        ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."),
        ("Authorization", "Basic dXNlcjpwYXNz"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("X-Forwarded-Proto", "https"),
        ("X-Real-IP", "::1"),
        ("X-Original-URL", maker.path),
        ("X-Internal", "1"),
        ("X-Debug", "true"),
        ("X-User-Id", "e0123456"),
        ("Origin", f"http://{maker.host}"),
        ("Referer", f"http://{maker.host}/"),
        ("Ocp-Apim-Trace", "true"),
    ):
        # Without what may be a part of the key.
        shown = value.partition(" ")[0][:12]
        yield _denied(maker, "key.status", f"no key, but {name}: {shown}", bare.having(name, value), "missing-key")
    for name in ("subscription-key", maker.key_header):
        request = bare.having("Cookie", f"{name}={key}")
        yield _denied(maker, "key.status", f"the key in a cookie {name}", request, "missing-key")
        if maker.has_json:
            request = replace(bare, body=encode({**maker.minimal(), name: key}))
            yield _denied(maker, "key.status", f"the key in a member {name} of the body", request, "missing-key")


def _query_keys(maker: Maker) -> Iterator[Case]:
    name, key = maker.key_query, maker.credentials.key
    bare = maker.request().without(maker.key_header.lower())
    if not name:
        return
    body = maker.minimal()
    path = maker.extended(f"{name}=")
    request = replace(bare, body=maker.encoded(body), target=path + key)
    yield maker.case("key.query", "the key in the query alone", request, maker.succeeds, body)
    for words, target in (
        ("behind another parameter", maker.extended(f"a=1&{name}={key}")),
        ("before another parameter", f"{path}{key}&a=1"),
        ("with an escaped letter", f"{path}%{ord(key[0]):02X}{key[1:]}" if key else path),
    ):
        body = whole_texted(maker, f"by query {maker.uuid()}")
        request = replace(bare, body=maker.encoded(body), target=target)
        yield maker.case("key.query", f"the key in the query alone, {words}", request, maker.succeeds, body)
    request = maker.post(maker.encoded(body), target=f"{path}wrong")
    yield maker.case("key.query", "the key in the header, a wrong one in the query", request, maker.succeeds, None)
    for words, value in (
        ("a wrong key", "wrong"),
        ("an empty key", ""),
        ("a prefix of the key", key[:-1]),
        ("a doubled key", key * 2),
    ):
        scene = "invalid-key" if value else "empty-key"
        yield maker.case("key.status", f"{words} in the query", replace(bare, target=path + value), DENIED, scene=scene)
    both = replace(bare.having(maker.key_header, "wrong"), target=path + key)
    yield maker.case(
        "key.query", "a wrong key in the header, the right one in the query", both, DENIED, scene="invalid-key"
    )
    beside = replace(bare.having(maker.key_header, ""), target=f"{path}wrong")
    yield maker.case(
        "key.status", "an empty key in the header, a wrong one in the query", beside, DENIED, scene="empty-key"
    )
    for other in ("key", "code", "apikey", "api_key", "token", maker.key_header):
        request = replace(bare, target=maker.extended(f"{other}={key}"))
        yield maker.case("key.status", f"the key in the query as {other}", request, DENIED, scene="missing-key")


def _key_first(maker: Maker) -> Iterator[Case]:
    legal = maker.request()
    bodies = {
        "an illegal body": replace(legal, body=encode(maker.wrong()[0])),
        "a body that is not JSON": replace(legal, body=b"{"),
        "no body": replace(legal, body=b""),
        "a body of another media type": legal.having("Content-Type", "text/plain"),
        "a large body": replace(legal, body=b" " * 70_000),
    }
    for words, request in (
        {"no bearer token": legal.without("authorization")} | (bodies if maker.has_json else {})
    ).items():
        yield maker.case(
            "key.first", f"no key, {words}", request.without(maker.key_header.lower()), DENIED, scene="missing-key"
        )
        yield maker.case(
            "key.first", f"a wrong key, {words}", request.having(maker.key_header, "wrong"), DENIED, scene="invalid-key"
        )


def _wrong_tokens(token: str, key: str) -> dict[str, str]:
    """Values of Authorization that hold no valid token, by what is wrong with them."""
    return {
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
        **{f"a token with character {n + 1} changed": f"Bearer {_changed(token, n)}" for n in _places_of(token, 12)},
        "a token with a blank inside": f"Bearer {token[:8]} {token[8:]}",
        "a token run together with its scheme": f"Bearer{token}",
        "a token behind a colon": f"Bearer: {token}",
        "a token and another": f"Bearer {token}, Bearer wrong",
        "the key for the token": f"Bearer {key}",
        "an unsigned token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
        "the word null": "Bearer null",
        "a token in quotes": f'Bearer "{token}"',
        "the first half of the token": f"Bearer {token[: len(token) // 2]}",
    }


def _bearer(maker: Maker) -> Iterator[Case]:
    token = maker.credentials.token
    legal = maker.request()
    if not token:
        return
    yield maker.case("bearer.required", "no bearer token", legal.without("authorization"), DENIED, scene="bearer")
    for words, value in _wrong_tokens(token, maker.credentials.key).items():
        if value.removeprefix("Bearer ") != token or not value.startswith("Bearer "):
            yield maker.case("bearer.required", words, legal.having("Authorization", value), DENIED, scene="bearer")
    bare = legal.without("authorization")
    for words, request in {
        "in a cookie": bare.having("Cookie", f"access_token={token}; token={token}; Authorization=Bearer%20{token}"),
        "in the query": replace(bare, target=maker.extended(f"access_token={token}")),
        "in another header": bare.having("X-Authorization", f"Bearer {token}"),
        **(
            {"in the body": replace(bare, body=encode({**maker.minimal(), "access_token": token}))}
            if maker.has_json
            else {}
        ),
    }.items():
        yield maker.case("bearer.required", f"the token {words}", request, DENIED, scene="bearer")
    for words, value in (("in lower case", f"bearer {token}"), ("in upper case", f"BEARER {token}")):
        request = legal.having("Authorization", value)
        yield maker.case("bearer.scheme", f"the scheme {words}", request, maker.succeeds)
    blanks = legal.having("Authorization", f"Bearer  {token}")
    yield maker.case("http.robust", "two blanks before the token", blanks, maker.succeeds | {401})
    for words, body in (
        (
            ("an illegal body", encode(maker.wrong()[0])),
            ("a body that is not JSON", b"{"),
        )
        if maker.has_json
        else ()
    ):
        request = replace(legal, body=body).having("Authorization", "Bearer wrong")
        yield maker.case("bearer.first", f"a wrong token, {words}", request, DENIED, scene="bearer")


def undressed_cases(maker: Maker) -> Iterator[Case]:
    """Requests in every dress that a server might let pass before it has looked at the credentials."""
    for title, request, refusals in dressed(maker) if maker.key_header and maker.operation.scheme("apiKey")[1] else ():
        bare = request.without(maker.key_header.lower())
        yield maker.case("key.status", f"no key, {title}", bare, DENIED | refusals, scene="missing-key")
        if maker.credentials.token and maker.takes_token:
            bare = request.without("authorization")
            yield maker.case("bearer.required", f"no bearer token, {title}", bare, DENIED | refusals, scene="bearer")


def forbidden_cases(maker: Maker) -> Iterator[Case]:
    """A valid key of a user without rights, where the run was given one, with whatever might turn the check off."""
    if not (maker.credentials.forbidden_key and maker.has_json and "status.403" in maker.clauses):
        return
    optional = {field.name for field in maker.operation.request_fields if not field.required}
    for words, body, media_type in _forbidden(maker):
        request = maker.post(encode(body), media_type=media_type).having(
            maker.key_header, maker.credentials.forbidden_key
        )
        title = f"a key without rights, {words}"
        yield maker.case("status.403", title, request, frozenset({403}), scene="forbidden")
        if body.keys() & optional:
            yield maker.legal("sequence.no-leak", f"a minimal request after that of {title}")
    if name := maker.key_query:
        bare = maker.request().without(maker.key_header.lower())
        request = replace(bare, target=maker.extended(f"{name}={maker.credentials.forbidden_key}"))
        title = "a key without rights in the query"
        yield maker.case("status.403", title, request, frozenset({401, 403}), scene="forbidden")


def _forbidden(maker: Maker) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Bodies, what is special about each, and its media type."""
    media = maker.operation.request_media_types[0]
    yield from (("a plain body", maker.minimal(), media) for _ in range(3))
    yield "every option", whole(maker), media
    for field in maker.operation.request_fields:
        if field.path and field.path[-1] != "[]" and not field.required and len(field.path) < 3:
            yield f"with {field.name}", maker.with_value(field.path, maker.exemplar(field.path)), media
    yield from _odd_bodies(maker, media)
    if scope := maker.profile.scope:
        yield f"{scope} in upper case", {**maker.minimal(), scope: maker.scope.upper()}, media
    for listed in maker.operation.request_media_types:
        yield f"labelled {listed}", maker.minimal(), listed.replace("*", "x")


def _odd_bodies(maker: Maker, media: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Bodies at the ends of what is legal, where a check is forgotten or comes too late."""
    for title, body in _ends(maker):
        # A long text may break a pattern, an enum or a const.
        if maker.operation.judge(body) is Judgement.LEGAL:
            yield title, body, media


def _ends(maker: Maker) -> Iterator[tuple[str, dict[str, Any]]]:
    """The smallest and largest values, each in a body that has nothing else unusual."""
    for field in maker.tops:
        ends = {"minimum", "maximum"} & field.schema.keys()
        for value in field.schema.get("enum") or [field.schema[end] for end in sorted(ends)]:
            yield f"{field.name} {value}", {**maker.minimal(), field.name: value}
        if field.type == "boolean":
            yield from ((f"{field.name} {value}", {**maker.minimal(), field.name: value}) for value in (False, True))
        if field.type == "string" and "format" not in field.schema:
            most = field.schema.get("maxLength", 6000)
            yield f"a long {field.name}", {**maker.minimal(), field.name: ("long text " * most)[:most]}
    yield "a large body", {**maker.minimal(), "note": "x" * 70_000}

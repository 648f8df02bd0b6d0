"""Credentials: keys, tokens and rights that are missing or nearly right, wherever a server might forget them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from luminus_zoom_contract.cases.case import Case, Maker, encode
from luminus_zoom_contract.cases.protocol import dressed
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.spec.operations import Judgement

DENIED: Final = frozenset({401})
_LARGE: Final = 70_000
"""Bytes of a body that is longer than what some gateways read at once."""
_LONG: Final = 6000
_OTHER_HEADERS: Final = (
    "subscription-key", "Ocp-Apim-Subscription-Key-Id", "X-Subscription-Key", "Api-Key", "X-Api-Key", "X-Functions-Key",
    "Authorization",
)  # fmt: skip
"""Headers in which other gateways take a key."""
_TRUSTED: Final = (
    ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."),
    ("Authorization", "Basic dXNlcjpwYXNz"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Forwarded-Proto", "https"),
    ("X-Real-IP", "::1"),
    ("X-Internal", "1"),
    ("X-Debug", "true"),
    ("X-User-Id", "e0123456"),
    ("Ocp-Apim-Trace", "true"),
)
"""What some servers take for a sign of trust."""


def credential_cases(maker: Maker) -> Iterator[Case]:
    """All cases about keys and tokens that are missing, wrong or in a wrong place."""
    if maker.needs_key:
        yield from _keys(maker)
        yield from _places(maker)
        yield from _query_keys(maker)
        yield from _first(maker)
    if maker.takes_token and maker.credentials.token:
        yield from _bearer(maker)


def _denied(
    maker: Maker, requests: Mapping[str, HttpRequest], scene: str, clause: str = "key.status"
) -> Iterator[Case]:
    for title, request in requests.items():
        yield maker.case(clause, title, request, DENIED, scene=scene)


def _keys(maker: Maker) -> Iterator[Case]:
    key, legal = maker.credentials.key, maker.request()
    bare = legal.without(maker.key_header.lower())
    yield from _denied(maker, {"no key": bare, "no key, no bearer token": bare.without("authorization")}, "missing-key")
    wrong = {**_wrong_secrets(key), "of random digits": f"{maker.random.getrandbits(128):032x}"}
    wrong = {words: it for words, it in wrong.items() if it not in (key, maker.credentials.forbidden_key)}
    requests = {f"a key {words}": bare.having(maker.key_header, value) for words, value in wrong.items()}
    yield from _denied(maker, requests, "invalid-key")
    yield from _denied(maker, {"an empty key": bare.having(maker.key_header, "")}, "empty-key")
    twice = replace(legal, headers=(*legal.headers, (maker.key_header, "wrong")))
    yield maker.case("http.robust", "a right key and a wrong one", twice, maker.either | {401})


def _wrong_secrets(secret: str) -> dict[str, str]:
    """Keys or tokens that are none, most of them nearly the right one, by what is wrong with them."""
    half = len(secret) // 2
    return {
        "cut by one": secret[:-1],
        "with its first half": secret[:half],
        "with its last half": secret[half:],
        "with its first eight characters": secret[:8],
        "longer by one": f"{secret}0",
        "doubled": secret * 2,
        **{f"with character {place + 1} changed": _changed(secret, place) for place in _places_of(secret)},
        "turned by one": secret[1:] + secret[:1],
        "in the other case": secret.swapcase(),
        "with a space inside": f"{secret[:8]} {secret[8:]}",
        "with a hyphen inside": f"{secret[:8]}-{secret[8:]}",
        "in quotes": f'"{secret}"',
        "in braces": f"{{{secret}}}",
        "with an escaped NUL": f"{secret}%00",
        "with an escaped letter": f"%{ord(secret[0]) if secret else 0:x}{secret[1:]}",
        "with a comma and another": f"{secret},wrong",
        "behind a comma": f"wrong,{secret}",
        "with a scheme": f"Bearer {secret}",
        **{f"of the word {word}": word for word in ("null", "undefined", "none", "true", "anonymous")},
        "of the page's placeholder": "{subscription key}",
        "of a star": "*",
        "of zeros": "0" * len(secret),
        "of SQL": "' OR '1'='1",
        "with an umlaut": "ü" * 8,
        "of 5,000 characters": "a" * 5000,
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
    key, legal = maker.credentials.key, maker.request()
    bare = legal.without(maker.key_header.lower())
    found = {f"the key in a header {name}": bare.having(name, key) for name in _OTHER_HEADERS}
    found["the key for a bearer token"] = bare.having("Authorization", f"Bearer {key}")
    for name, value in _TRUSTED:
        found[f"no key, but {name}: {value.partition(' ')[0]}"] = bare.having(name, value)
    for name in ("subscription-key", maker.key_header):
        found[f"the key in a cookie {name}"] = bare.having("Cookie", f"{name}={key}")
        if maker.has_json:
            body = encode({**maker.minimal(), name: key})
            found[f"the key in a member {name} of the body"] = replace(bare, body=body)
    for name in ("key", "code", "api_key", "token", maker.key_header) if maker.key_query else ():
        found[f"the key in the query as {name}"] = replace(bare, target=maker.extended(f"{name}={key}"))
    yield from _denied(maker, found, "missing-key")


def _query_keys(maker: Maker) -> Iterator[Case]:
    name, key = maker.key_query, maker.credentials.key
    if not name:
        return
    bare, path = maker.request().without(maker.key_header.lower()), maker.extended(f"{name}=")
    for words, target, body in (
        ("", path + key, maker.minimal()),
        (", behind another parameter", maker.extended(f"a=1&{name}={key}"), maker.whole()),
        (", before another parameter", f"{path}{key}&a=1", maker.whole()),
        (", with an escaped letter", f"{path}%{ord(key[0]):02X}{key[1:]}" if key else path, maker.whole()),
    ):
        request = replace(bare, body=maker.encoded(body), target=target)
        yield maker.case("key.query", f"the key in the query alone{words}", request, maker.succeeds, body)
    ignored = replace(maker.request(), target=f"{path}wrong")
    yield maker.case("key.query", "the key in the header, a wrong one in the query", ignored, maker.succeeds)
    wrong = {"a wrong key": "wrong", "a prefix of the key": key[:-1], "a doubled key": key * 2}
    requests = {f"{words} in the query": replace(bare, target=path + value) for words, value in wrong.items()}
    yield from _denied(maker, requests, "invalid-key")
    both = replace(bare.having(maker.key_header, "wrong"), target=path + key)
    title = "a wrong key in the header, the right one in the query"
    yield from _denied(maker, {title: both}, "invalid-key", "key.query")
    beside = replace(bare.having(maker.key_header, ""), target=f"{path}wrong")
    title = "an empty key in the header, a wrong one in the query"
    yield from _denied(maker, {"an empty key in the query": replace(bare, target=path), title: beside}, "empty-key")


def _unwelcome(maker: Maker) -> dict[str, HttpRequest]:
    """Requests that would be refused for their bodies."""
    legal = maker.request()
    if not maker.has_json:
        return {}
    return {
        "an illegal body": replace(legal, body=encode(maker.wrong()[0])),
        "a body that is not JSON": replace(legal, body=b"{"),
        "no body": replace(legal, body=b""),
        "a body of another media type": legal.having("Content-Type", "text/plain"),
        "a large body": replace(legal, body=b" " * _LARGE),
    }


def _first(maker: Maker) -> Iterator[Case]:
    name = maker.key_header
    for words, request in {"no bearer token": maker.request().without("authorization"), **_unwelcome(maker)}.items():
        bare, wrong = request.without(name.lower()), request.having(name, "wrong")
        yield from _denied(maker, {f"no key, {words}": bare}, "missing-key", "key.first")
        yield from _denied(maker, {f"a wrong key, {words}": wrong}, "invalid-key", "key.first")


def _bearer(maker: Maker) -> Iterator[Case]:
    token, legal = maker.credentials.token, maker.request()
    bare = legal.without("authorization")
    wrong = {
        "an empty header": "",
        "the scheme alone": "Bearer",
        "an empty token": "Bearer ",
        "the token without a scheme": token,
        "the token under Basic": f"Basic {token}",
        "the token under Digest": f"Digest {token}",
        "a token run together with its scheme": f"Bearer{token}",
        "a token behind a colon": f"Bearer: {token}",
        "the key for the token": f"Bearer {maker.credentials.key}",
        "an unsigned token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
        **{f"a token {words}": f"Bearer {it}" for words, it in _wrong_secrets(token).items() if it != token},
    }
    requests = {words: legal.having("Authorization", value) for words, value in wrong.items()}
    cookie = f"access_token={token}; token={token}; Authorization=Bearer%20{token}"
    requests["the token in a cookie"] = bare.having("Cookie", cookie)
    requests["the token in the query"] = replace(bare, target=maker.extended(f"access_token={token}"))
    requests["the token in another header"] = bare.having("X-Authorization", f"Bearer {token}")
    yield from _denied(maker, {"no bearer token": bare, **requests}, "bearer", "bearer.required")
    for words, scheme in (("in lower case", "bearer"), ("in upper case", "BEARER")):
        request = legal.having("Authorization", f"{scheme} {token}")
        yield maker.case("bearer.scheme", f"the scheme {words}", request, maker.succeeds)
    blanks = legal.having("Authorization", f"Bearer  {token}")
    yield maker.case("http.robust", "two blanks before the token", blanks, maker.succeeds | {401})
    for words, request in list(_unwelcome(maker).items())[:2]:
        title, request = f"a wrong token, {words}", request.having("Authorization", "Bearer wrong")
        yield from _denied(maker, {title: request}, "bearer", "bearer.first")


def undressed_cases(maker: Maker) -> Iterator[Case]:
    """Requests in every dress that a server might let pass before it has looked at the credentials."""
    for title, request, refusals in dressed(maker) if maker.needs_key else ():
        bare = request.without(maker.key_header.lower())
        yield maker.case("key.status", f"no key, {title}", bare, DENIED | refusals, scene="missing-key")
        if maker.credentials.token and maker.takes_token:
            bare = request.without("authorization")
            yield maker.case("bearer.required", f"no bearer token, {title}", bare, DENIED | refusals, scene="bearer")


def forbidden_cases(maker: Maker) -> Iterator[Case]:
    """A valid key of a user without rights, where the run was given one, with whatever might turn the check off."""
    key = maker.credentials.forbidden_key
    if not (key and maker.has_json and "status.403" in maker.clauses):
        return
    optional = {field.name for field in maker.operation.request_fields if not field.required}
    legal = (it for it in _forbidden(maker) if maker.operation.judge(it[1]) is Judgement.LEGAL)
    for words, body, media_type in legal:
        request = maker.post(encode(body), media_type=media_type).having(maker.key_header, key)
        title = f"a key without rights, {words}"
        yield maker.case("status.403", title, request, frozenset({403}), scene="forbidden")
        if body.keys() & optional:
            yield maker.legal("sequence.no-leak", f"a minimal request after that of {title}")
    if name := maker.key_query:
        bare = maker.request().without(maker.key_header.lower())
        request = replace(bare, target=maker.extended(f"{name}={key}"))
        title = "a key without rights in the query"
        yield maker.case("status.403", title, request, frozenset({401, 403}), scene="forbidden")


def _forbidden(maker: Maker) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Bodies, what is special about each, and its media type."""
    media = maker.operation.request_media_types[0]
    yield from (("a plain body", maker.minimal(), media) for _ in range(3))
    yield "every option", maker.whole(), media
    for field in maker.operation.request_fields:
        if field.path and field.path[-1] != "[]" and not field.required and len(field.path) < 3:
            yield f"with {field.name}", maker.with_value(field.path, maker.exemplar(field.path)), media
        if len(field.path) == 1 and field.is_free_text:
            text = ("long text " * _LONG)[: field.schema.get("maxLength", _LONG)]
            yield f"a long {field.name}", {**maker.minimal(), field.name: text}, media
    yield "a large body", {**maker.minimal(), "note": "x" * _LARGE}, media
    if scope := maker.profile.scope:
        yield f"{scope} in upper case", {**maker.minimal(), scope: maker.scope.upper()}, media
    for listed in maker.operation.request_media_types:
        yield f"labelled {listed}", maker.minimal(), listed.replace("*", "x")

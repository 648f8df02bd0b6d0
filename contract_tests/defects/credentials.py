"""Keys, tokens and rights that are checked wrongly, and the gateway's own answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.levers import (
    TEXT,
    Change,
    anew,
    answers,
    before,
    body,
    both,
    encode,
    every,
    having,
    on,
    relabelled,
    rights,
    sent,
    skips,
    without_header,
)
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.gateway import INVALID_KEY, MISSING_KEY, report
from luminus_zoom_mock.settings import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp

_KEY, _QUERY = b"ocp-apim-subscription-key", b"subscription-key"
_VALID = SUBSCRIPTION_KEY.encode()
_CHALLENGE = b"www-authenticate"
_WITH_TOKEN = {"token": TOKEN}


def _given(call: Call) -> bytes:
    return call.headers.get(_KEY, b"")


def _lets_in(test: Callable[[bytes], bool]) -> Change:
    """A key in the header that passes the test is let in."""
    return skips("key", lambda call: _KEY in call.headers and test(_given(call)))


def _role_skipped(test: Callable[[Call], bool]) -> Change:
    """The rights of a user without any are not looked at where the test passes."""
    return skips("role", lambda call: call.key == FORBIDDEN_KEY and test(call))


def _challenge(edit: Callable[[bytes], bytes]) -> Change:
    def edited(_: Call, answer: Answer) -> Answer:
        return replace(answer, headers=[(k, edit(v) if k == _CHALLENGE else v) for k, v in answer.headers])

    return on(401, edited)


def _moved(stage: str, target: str) -> Change:
    """A stage comes before another."""

    def change(app: MockApp) -> None:
        moved = app.stages.pop(stage)
        app.stages = dict(
            pair
            for name, step in app.stages.items()
            for pair in ([(stage, moved)] if name == target else []) + [(name, step)]
        )

    return change


def _refuses_before_key(test: Callable[[Call], bool]) -> Change:
    return answers("key", test, lambda _: Answer(400, [TEXT], b"The request body is not valid JSON."))


def _is_object(call: Call) -> bool:
    try:
        return isinstance(json.loads(call.body), dict)
    except (ValueError, RecursionError):
        return False


def _bearer(call: Call) -> bytes:
    return call.headers.get(b"authorization", b"")


def _token_taken(test: Callable[[bytes], bool]) -> Change:
    return skips("bearer", lambda call: test(_bearer(call)))


def _every_fortieth(make: Callable[[], Answer]) -> Change:
    return anew(lambda: answers("rate", every(40), lambda _: make()))


def _too_many(*headers: tuple[bytes, bytes]) -> Callable[[], Answer]:
    return lambda: report(429, "Rate limit is exceeded. Try again in 7 seconds.", *headers)


KEYS = of_kind(
    "credentials",
    ("key-not-asked-for", "a request without a key is let in", skips("key", lambda call: _KEY not in call.headers)),
    ("key-not-checked", "any key is let in", skips("key", lambda call: _KEY in call.headers or _QUERY in call.query)),
    ("key-empty", "an empty key is let in", _lets_in(lambda key: not key.strip())),
    ("key-prefix", "a part of the key is let in", _lets_in(lambda key: len(key) > 3 and _VALID.startswith(key))),
    ("key-first-8", "only a key's first eight characters are compared", _lets_in(lambda key: key[:8] == _VALID[:8])),
    ("key-with-more", "a key with more behind it is let in", _lets_in(lambda key: key.startswith(_VALID))),
    ("key-ends-alone", "only the first and last eight characters of a key are compared", _lets_in(
        lambda it: len(it) == len(_VALID) and it[:8] + it[-8:] == _VALID[:8] + _VALID[-8:])),
    ("key-middle", "a key's 17th character is not compared", _lets_in(
        lambda it: len(it) == len(_VALID) and it[:16] + it[17:] == _VALID[:16] + _VALID[17:])),
    ("key-hyphens", "hyphens in a key are passed over", _lets_in(lambda it: it.replace(b"-", b"") == _VALID)),
    ("key-in-body", "a key in the body is let in", skips("key", lambda call: b'"subscription-key"' in call.body)),
    ("key-query-header-name", "a key in the query is let in under the header's name", skips(
        "key", lambda call: b"Ocp-Apim-Subscription-Key=" + _VALID in call.query)),
    ("key-debug-query", "debug=true in the query needs no key", skips("key", lambda call: b"debug=true" in call.query)),
    ("key-path-slash", "a path with a slash at its end needs no key", skips("key", lambda call: call.path[-1:] == "/")),
    ("key-path-case", "a path in small letters needs no key", skips("key", lambda call: call.path.islower())),
    ("key-health-check", "a health check needs no key", skips(
        "key", lambda call: b"kube-probe" in call.headers.get(b"user-agent", b""))),
    ("key-empty-with-query", "an empty key in the header lets any key of the query in", skips(
        "key", lambda call: _given(call) == b"" and _KEY in call.headers and b"subscription-key=" in call.query)),
    ("key-hint", "the refusal of a key tells how a right one begins", on(401, lambda _, it: replace(
        it, body=it.body[:-2] + b', "hint": "%b" }' % _VALID[:8]) if it.body else it)),
    ("key-any-case", "a key is compared in any case", _lets_in(lambda key: key.lower() == _VALID)),
    ("key-last-character", "a key's last character is not compared", _lets_in(lambda key: key[:-1] == _VALID[:-1])),
    ("key-hexadecimal", "any key of 32 hexadecimal digits is let in", _lets_in(
        lambda key: re.fullmatch(rb"[0-9a-fA-F]{32}", key) is not None)),
    ("key-null-word", "the words null and undefined are let in as keys", _lets_in(
        lambda key: key.lower() in (b"null", b"undefined", b"none"))),
    ("key-sql", "a key with a condition of SQL is let in", _lets_in(lambda key: re.search(rb"'.*=", key) is not None)),
    ("key-nul", "a key is compared up to a NUL", _lets_in(lambda key: re.split(rb"\0|%00", key)[0] == _VALID)),
    ("key-query-not-checked", "any key in the query is let in", skips(
        "key", lambda call: _KEY not in call.headers and _QUERY in call.query)),
    ("key-as-bearer", "any bearer token is let in for a key", skips(
        "key", lambda call: _KEY not in call.headers and _bearer(call).lower().startswith(b"bearer "))),
    ("key-forwarded-for", "a request that claims to come from this machine needs no key", skips(
        "key", lambda call: call.headers.get(b"x-forwarded-for", b"").startswith((b"127.", b"::1", b"localhost")))),
    ("key-remembered", "a key that was let in once is not asked for again", anew(lambda: _remembered())),
    ("key-after-refusals", "after ten wrong keys any key is let in", anew(lambda: _after_refusals(10))),
    ("key-refused-seldom", "one in eight wrong keys is let in", anew(lambda: _seldom(8))),
    ("key-valid-refused-seldom", "the valid key is refused in one of forty requests", _every_fortieth(
        lambda: report(401, INVALID_KEY, (_CHALLENGE, b"AzureApiManagementKey")))),
    ("key-text-answered", "the refusal of a key repeats it", on(401, lambda call, it: replace(
        it, body=encode({"statusCode": 401, "message": f"Invalid key {_given(call).decode('latin-1')}"}).encode()))),
    clause="key.required",
    clauses={
        "answer.no-secrets": "key-hint key-text-answered",
        "status.no-needless-denial": "key-valid-refused-seldom",
    },
)  # fmt: skip


def _remembered() -> Change:
    seen: list[str] = []
    note = before("rate", lambda call: seen.append(call.key))
    return both(note, skips("key", lambda call: bool(seen) and _KEY not in call.headers))


def _after_refusals(number: int) -> Change:
    refused: list[bytes] = []

    def test(call: Call) -> bool:
        wrong = _KEY in call.headers and _given(call) not in (_VALID, FORBIDDEN_KEY.encode())
        refused.extend([b""] * wrong)
        return wrong and len(refused) > number

    return skips("key", test)


def _seldom(number: int) -> Change:
    passes = every(number)
    return skips("key", lambda call: _given(call) not in (_VALID, FORBIDDEN_KEY.encode()) and passes(call))


ROLE = of_kind(
    "credentials",
    ("role-not-checked", "a user without rights may create meetings", _role_skipped(lambda _: True)),
    ("role-not-checked-with-access", "a user without rights may create a meeting with access rights", _role_skipped(
        having("access"))),
    ("role-not-checked-inherited", "a user without rights may create a meeting that inherits rights", _role_skipped(
        lambda call: rights(call, "inheritedResourceID") is not None)),
    ("role-not-checked-upper-case", "rights are not checked for a moduleID in upper case", _role_skipped(
        lambda call: call.document["moduleID"] != call.document["moduleID"].lower())),
    ("role-not-checked-patch", "rights are not checked under application/json-patch+json", _role_skipped(
        lambda call: b"patch" in call.headers.get(b"content-type", b""))),
    ("role-not-checked-query", "rights are not checked where the key is in the query", _role_skipped(
        lambda call: _KEY not in call.headers)),
    ("role-not-checked-large", "rights are not checked for bodies of more than 4 kB", _role_skipped(
        lambda call: len(call.body) > 4096)),
    ("role-denies-seldom", "a user with rights is denied in one of forty requests", anew(lambda: answers(
        "role", every(40), lambda _: Answer(403, [TEXT], b"Login user not authorized to perform this action")))),
    ("role-denies-publicly", "a user with rights is denied where publicAccess is 6", answers(
        "creation", lambda call: rights(call, "publicAccess") == 6,
        lambda _: Answer(403, [TEXT], b"Login user not authorized to perform this action"))),
    ("role-denies-exams", "a user with rights is denied an exam that sends e-mail", answers(
        "creation", lambda call: sent(call, "meetingType") == 1 and sent(call, "isSendEmail") is True,
        lambda _: Answer(403, [TEXT], b"Login user not authorized to perform this action"))),
    clause="status.403",
    clauses={
        "status.no-needless-denial": "role-denies-seldom role-denies-publicly role-denies-exams",
    },
)  # fmt: skip

BEARER = of_kind(
    "credentials",
    ("token-not-checked", "any bearer token is let in", _token_taken(lambda it: it.lower().startswith(b"bearer "))),
    ("token-prefix", "a part of the bearer token is let in", _token_taken(
        lambda it: len(it) > 10 and f"Bearer {TOKEN}".encode().startswith(it))),
    ("token-empty", "an empty bearer token is let in", _token_taken(lambda it: it.strip().lower() == b"bearer")),
    ("token-scheme-not-checked", "the bearer token is let in under another scheme", _token_taken(
        lambda it: it.endswith(TOKEN.encode()))),
    ("token-in-query", "a bearer token in the query is let in", skips(
        "bearer", lambda call: b"access_token=" + TOKEN.encode() in call.query)),
    ("token-in-cookie", "a bearer token in a cookie is let in", skips(
        "bearer", lambda call: TOKEN.encode() in call.headers.get(b"cookie", b""))),
    ("token-blanks", "blanks in a bearer token are passed over", skips(
        "bearer", lambda call: _bearer(call).replace(b" ", b"") == b"Bearer" + TOKEN.encode())),
    ("token-not-for-patch", "application/json-patch+json needs no bearer token", skips(
        "bearer", lambda call: b"patch" in call.headers.get(b"content-type", b""))),
    ("token-scheme-case", "the scheme Bearer is compared exactly", answers(
        "bearer", lambda call: not _bearer(call).startswith(b"Bearer "), lambda _: Answer(401, []))),
    ("token-reflected", "the refusal of a token repeats it", on(401, lambda call, it: replace(
        it, headers=[*it.headers, (_CHALLENGE, b'Bearer error="invalid_token", token="%b"' % _bearer(call))]))),
    ("token-403", "a wrong token is answered with 403", on(
        401, lambda call, it: replace(it, status=403) if not it.body else it)),
    ("token-page", "a wrong token is answered with a page", on(
        401, lambda call, it: replace(it, body=b"<html>Sign in</html>", headers=[
            (b"content-type", b"text/html")]) if not it.body else it)),
    ("token-after-body", "the token is checked after the body", _moved("bearer", "role")),
    severity="finding",
    needs=_WITH_TOKEN,
    clause="bearer.required",
    clauses={
        "bearer.first": "token-not-checked token-403 token-after-body",
        "bearer.scheme": "token-scheme-case",
        "answer.no-secrets": "token-reflected",
        "bearer.answer": "token-page",
    },
)  # fmt: skip

GATEWAY = of_kind(
    "gateway",
    ("query-key-refused", "the key in the query is not looked at", before("key", lambda call: setattr(
        call, "query", b"" if _KEY not in call.headers else call.query))),
    ("query-key-preferred", "the key in the query counts for more than that of the header", before(
        "key", lambda call: call.headers.update(
            (_KEY, value) for value in parse_qs(call.query, keep_blank_values=True).get(_QUERY, [])[:1]))),
    ("query-key-when-header-wrong", "the key in the query is read where the header's is wrong", skips(
        "key", lambda call: _KEY in call.headers and SUBSCRIPTION_KEY.encode() in call.query)),
    ("key-missing-403", "a missing key is answered with 403", on(
        401, lambda call, it: replace(it, status=403) if MISSING_KEY.encode() in it.body else it)),
    ("key-wrong-302", "a wrong key is answered with a redirect to a page for signing in", on(
        401, lambda *_: Answer(302, [(b"location", b"https://luminus.example/login")]))),
    ("key-texts-swapped", "the texts for a missing and a wrong key are swapped", on(401, lambda _, it: report(
        401, INVALID_KEY if MISSING_KEY.encode() in it.body else MISSING_KEY,
        *[pair for pair in it.headers if pair[0] == _CHALLENGE]))),
    ("key-other-text", "a refused key's text is not the gateway's", body(
        401, lambda it: b'{ "statusCode": 401, "message": "Unauthorized" }')),
    ("key-empty-body", "a refused key's answer has no body", body(401, lambda _: b"")),
    ("key-page", "a refused key's answer is a page", both(
        body(401, lambda _: b"<html><h1>401</h1></html>"), relabelled(401, b"text/html"))),
    ("key-code-text", "statusCode is a text in a refused key's answer", body(
        401, lambda it: it.replace(b"401", b'"401"'))),
    ("key-code-differs", "statusCode differs from the status", body(401, lambda it: it.replace(b"401", b"403"))),
    ("challenge-missing", "a refused key's answer has no challenge", without_header(401, _CHALLENGE)),
    ("challenge-basic", "the challenge asks for basic credentials", _challenge(lambda _: b'Basic realm="zoom"')),
    ("challenge-twice", "the challenge of a refused key stands twice", on(401, lambda _, it: replace(
        it, headers=it.headers + [pair for pair in it.headers if pair[0] == _CHALLENGE]))),
    ("challenge-realm", "the challenge's realm is the backend's address", _challenge(
        lambda it: re.sub(rb'realm="[^"]*"', b'realm="http://10.0.0.4:8080/"', it))),
    ("challenge-name", "the challenge names another header", _challenge(
        lambda it: it.replace(b"Ocp-Apim-Subscription-Key", b"X-Api-Key"))),
    ("body-before-key", "a body that is no JSON is refused before the key is looked at", _refuses_before_key(
        lambda call: not _is_object(call))),
    ("validation-before-key", "a body is validated before the key is looked at", both(
        *(_moved(stage, "key") for stage in ("media_type", "json", "validation")))),
    ("media-type-before-key", "the media type is looked at before the key", _moved("media_type", "key")),
    ("path-reflected", "a 404 names the path that was asked for", on(
        404, lambda call, _: report(404, f"Resource {call.path} not found"))),
    ("rate-without-wait", "one in forty requests is answered with 429 and no Retry-After", _every_fortieth(_too_many(
        ))),
    ("rate-wait-negative", "one in forty requests is answered with 429 and a negative Retry-After", _every_fortieth(
        _too_many((b"retry-after", b"-1")))),
    ("rate-503", "one in forty requests is answered with 503", _every_fortieth(lambda: Answer(503, [TEXT]))),
    ("quota-without-wait", "one in forty requests is answered with a used-up quota and no Retry-After", _every_fortieth(
        lambda: report(403, "Out of call volume quota. Quota will be replenished in 03:14:17."))),
    severity="finding",
    clause="gateway.401.missing-key.body",
    clauses={
        "key.query": "query-key-refused query-key-preferred query-key-when-header-wrong",
        "key.status": "key-missing-403 key-wrong-302",
        "gateway.401.challenge":
        "challenge-missing challenge-basic challenge-twice challenge-realm challenge-name",
        "key.first": "body-before-key validation-before-key media-type-before-key",
        "gateway.404.body": "path-reflected",
        "gateway.429": "rate-without-wait rate-wait-negative",
        "status.no-server-error": "rate-503",
        "gateway.403.quota": "quota-without-wait",
    },
)  # fmt: skip

DEFECTS: list[Defect] = [*KEYS, *ROLE, *BEARER, *GATEWAY]

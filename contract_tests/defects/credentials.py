"""Keys, tokens and rights that are checked wrongly, and the gateway's own answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import parse_qs

from contract_tests.defects.catalogue import Defect, each, of_kind
from contract_tests.defects.verbs import *
from luminus_zoom_mock.gateway import INVALID_KEY, MISSING_KEY, report
from luminus_zoom_mock.settings import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN

_KEY, _QUERY = "ocp-apim-subscription-key", b"subscription-key="
_VALID, _TOKEN = SUBSCRIPTION_KEY.encode(), TOKEN.encode()
_CHALLENGE = b"www-authenticate"
_SIGN_IN = Answer(401, [(b"content-type", b"text/html")], b"<html>Sign in</html>")
_TOO_MANY = "Rate limit is exceeded. Try again in 7 seconds."


def _lets_in(test: Callable[[bytes], bool]) -> Change:
    """A key in the header that passes the test is let in."""
    return skips("key", lambda call: carries(_KEY)(call) and test(given(call, _KEY)))


def _is_wrong(call: Call) -> bool:
    return carries(_KEY)(call) and given(call, _KEY) not in (_VALID, FORBIDDEN_KEY.encode())


def _wrong_before(past: Past) -> int:
    return sum(_is_wrong(call) for call, _ in past.exchanges)


def _role_skipped(test: Test) -> Change:
    """The rights of a user without any are not looked at where the test passes."""
    return skips("role", lambda call: call.key == FORBIDDEN_KEY and test(call))


def _token_taken(test: Callable[[bytes], bool]) -> Change:
    return skips("bearer", lambda call: test(given(call, "authorization")))


def _challenge(pattern: bytes, to: bytes) -> Change:
    def edited(_: Call, it: Answer) -> Answer:
        return replace(it, headers=[(k, re.sub(pattern, to, v) if k == _CHALLENGE else v) for k, v in it.headers])

    return on(401, edited)


def _swapped_texts(body: bytes) -> bytes:
    texts = (MISSING_KEY.encode(), INVALID_KEY.encode())
    one, other = texts if texts[0] in body else texts[::-1]
    return body.replace(one, other)


def _moved(stage: str, target: str) -> Change:
    """A stage comes before another."""

    def change(app: MockApp) -> None:
        moved = {stage: app.stages.pop(stage)}
        names = list(app.stages)
        at = names.index(target)
        later = {name: app.stages[name] for name in names[at:]}
        app.stages = {name: app.stages[name] for name in names[:at]} | moved | later

    return change


def _is_no_object(call: Call) -> bool:
    try:
        return not isinstance(json.loads(call.body), dict)
    except (ValueError, RecursionError):
        return True


def _with_key_of_query(call: Call) -> dict[bytes, bytes]:
    keys = parse_qs(call.query, keep_blank_values=True).get(b"subscription-key", [])
    return call.headers | {_KEY.encode(): key for key in keys[:1]}


def _every_fortieth(answer: Answer) -> Change:
    return sometimes(40, lambda nth: answers("rate", nth, answer))


CREDENTIALS = of_kind(
    "credentials",
    "key.required",
    ("key-not-asked-for", "a request without a key is let in", skips("key", carries_no(_KEY))),
    ("key-not-checked", "any key is let in", skips("key", lambda call: carries(_KEY)(call) or _QUERY in call.query)),
    ("key-empty", "an empty key is let in", skips("key", carries(_KEY, r"^\s*$"))),
    ("key-prefix", "a part of the key is let in", _lets_in(lambda key: len(key) > 3 and _VALID.startswith(key))),
    ("key-first-8", "only a key's first eight characters are compared", _lets_in(lambda key: key[:8] == _VALID[:8])),
    ("key-with-more", "a key with more behind it is let in", _lets_in(lambda key: key.startswith(_VALID))),
    ("key-ends-alone", "only the first and last eight characters of a key are compared",
        _lets_in(lambda it: len(it) == len(_VALID) and it[:8] + it[-8:] == _VALID[:8] + _VALID[-8:])),
    ("key-middle", "a key's 17th character is not compared",
        _lets_in(lambda it: len(it) == len(_VALID) and it[:16] + it[17:] == _VALID[:16] + _VALID[17:])),
    ("key-hyphens", "hyphens in a key are passed over", _lets_in(lambda it: it.replace(b"-", b"") == _VALID)),
    ("key-in-body", "a key in the body is let in", skips("key", lambda call: b'"subscription-key"' in call.body)),
    ("key-query-header-name", "a key in the query is let in under the header's name",
        skips("key", lambda call: b"Ocp-Apim-Subscription-Key=" + _VALID in call.query)),
    ("key-debug-query", "debug=true in the query needs no key", skips("key", lambda call: b"debug=true" in call.query)),
    ("key-path-slash", "a path with a slash at its end needs no key", skips("key", lambda call: call.path[-1:] == "/")),
    ("key-path-case", "a path in small letters needs no key", skips("key", lambda call: call.path.islower())),
    ("key-health-check", "a health check needs no key", skips("key", carries("user-agent", "kube-probe"))),
    ("key-empty-with-query", "an empty key in the header lets any key of the query in",
        skips("key", lambda call: carries(_KEY, "^$")(call) and _QUERY in call.query)),
    ("key-any-case", "a key is compared in any case", _lets_in(lambda key: key.lower() == _VALID)),
    ("key-last-character", "a key's last character is not compared", _lets_in(lambda key: key[:-1] == _VALID[:-1])),
    ("key-hexadecimal", "any key of 32 hexadecimal digits is let in", skips("key", carries(_KEY, r"^[0-9a-f]{32}$"))),
    ("key-null-word", "the words null and undefined are let in as keys",
        skips("key", carries(_KEY, "^(null|undefined|none)$"))),
    ("key-sql", "a key with a condition of SQL is let in", skips("key", carries(_KEY, "'.*="))),
    ("key-nul", "a key is compared up to a NUL", _lets_in(lambda key: re.split(rb"\0|%00", key)[0] == _VALID)),
    ("key-query-not-checked", "any key in the query is let in",
        skips("key", lambda call: carries_no(_KEY)(call) and _QUERY in call.query)),
    ("key-as-bearer", "any bearer token is let in for a key",
        skips("key", lambda call: carries_no(_KEY)(call) and carries("authorization", "^bearer ")(call))),
    ("key-forwarded-for", "a request that claims to come from this machine needs no key",
        skips("key", carries("x-forwarded-for", r"^(127\.|::1|localhost)"))),
    ("key-remembered", "a key that was let in once is not asked for again",
        recalls(lambda past: skips("key", lambda call: carries_no(_KEY)(call) and bool(past.of(201))))),
    ("key-after-refusals", "after ten wrong keys any key is let in",
        recalls(lambda past: skips("key", lambda call: _is_wrong(call) and _wrong_before(past) >= 10))),
    ("key-refused-seldom", "one in eight wrong keys is let in",
        sometimes(8, lambda nth: skips("key", lambda call: _is_wrong(call) and nth(call)))),
    "answer.no-secrets",
    ("key-hint", "the refusal of a key tells how a right one begins",
        on(401, lambda _, it: replace(it, body=it.body[:-2] + b', "hint": "%b" }' % _VALID[:8]) if it.body else it)),
    ("key-text-answered", "the refusal of a key repeats it",
        on(401, lambda call, it: replace(it, body=b'{"message":"Invalid key %b"}' % given(call, _KEY)))),
    "status.no-needless-denial",
    ("key-valid-refused-seldom", "the valid key is refused in one of forty requests",
        _every_fortieth(report(401, INVALID_KEY, (_CHALLENGE, b"AzureApiManagementKey")))),
    ("role-denies-seldom", "a user with rights is denied in one of forty requests",
        sometimes(40, lambda nth: answers("role", nth, DENIED))),
    ("role-denies-publicly", "a user with rights is denied where publicAccess is 6",
        answers("creation", lambda call: sent(call, "access.publicAccess") == 6, DENIED)),
    ("role-denies-exams", "a user with rights is denied an exam that sends e-mail",
        answers("creation", having(meetingType=1, isSendEmail=True), DENIED)),
    "status.403",
    ("role-not-checked", "a user without rights may create meetings", _role_skipped(ALWAYS)),
    ("role-not-checked-with-access", "a user without rights may create a meeting with access rights",
        _role_skipped(having("access"))),
    ("role-not-checked-inherited", "a user without rights may create a meeting that inherits rights",
        _role_skipped(lambda call: sent(call, "access.inheritedResourceID") is not None)),
    each(_role_skipped, says="rights are not checked {}"),
    ("role-not-checked-upper-case", "for a moduleID in upper case", having(moduleID=".*[A-F].*")),
    ("role-not-checked-patch", "under application/json-patch+json", carries("content-type", "patch")),
    ("role-not-checked-query", "where the key is in the query", carries_no(_KEY)),
    ("role-not-checked-large", "for bodies of more than 4 kB", lambda call: len(call.body) > 4096),
)  # fmt: skip

BEARER = of_kind(
    "credentials",
    ("token-scheme-case", "the scheme Bearer is compared exactly",
        answers("bearer", carries("authorization", "^(?-i:(?!Bearer ))"), Answer(401, [])), "bearer.scheme"),
    ("token-reflected", "the refusal of a token repeats it", changes(
        401, www_authenticate=lambda call, _: b'Bearer "%b"' % given(call, "authorization")), "answer.no-secrets"),
    ("token-page", "a wrong token is answered with a page",
        on(401, lambda _, it: it if it.body else _SIGN_IN), "bearer.answer"),
    "bearer.first",
    ("token-not-checked", "any bearer token is let in", skips("bearer", carries("authorization", "^bearer "))),
    ("token-403", "a wrong token is answered with 403",
        on(401, lambda call, it: replace(it, status=403) if not it.body else it)),
    ("token-after-body", "the token is checked after the body", _moved("bearer", "role")),
    "bearer.required",
    ("token-prefix", "a part of the bearer token is let in",
        _token_taken(lambda it: len(it) > 10 and (b"Bearer " + _TOKEN).startswith(it))),
    ("token-scheme-not-checked", "the bearer token is let in under another scheme",
        _token_taken(lambda it: it.endswith(_TOKEN))),
    ("token-blanks", "blanks in a bearer token are passed over",
        _token_taken(lambda it: it.replace(b" ", b"") == b"Bearer" + _TOKEN)),
    each(skips, "bearer"),
    ("token-empty", "an empty bearer token is let in", carries("authorization", r"^\s*bearer\s*$")),
    ("token-in-query", "a bearer token in the query is let in", lambda call: b"access_token=" + _TOKEN in call.query),
    ("token-in-cookie", "a bearer token in a cookie is let in", lambda call: _TOKEN in given(call, "cookie")),
    ("token-not-for-patch", "application/json-patch+json needs no bearer token", carries("content-type", "patch")),
    token=TOKEN,
)  # fmt: skip

GATEWAY = of_kind(
    "gateway",
    ("path-reflected", "a 404 names the path that was asked for",
        on(404, lambda call, _: report(404, f"Resource {call.path} not found")), "gateway.404.body"),
    ("rate-503", "one in forty requests is answered with 503", _every_fortieth(Answer(503, [TEXT])),
        "status.no-server-error"),
    ("quota-without-wait", "one in forty requests is answered with a used-up quota and no Retry-After", _every_fortieth(
        report(403, "Out of call volume quota. Quota will be replenished in 03:14:17.")), "gateway.403.quota"),
    "key.query",
    ("query-key-refused", "the key in the query is not looked at",
        sets("query", lambda call: call.query if carries(_KEY)(call) else b"", "key")),
    ("query-key-preferred", "the key in the query counts for more than that of the header",
        sets("headers", _with_key_of_query, "key")),
    ("query-key-when-header-wrong", "the key in the query is read where the header's is wrong",
        skips("key", lambda call: carries(_KEY)(call) and _VALID in call.query)),
    "key.status",
    ("key-missing-403", "a missing key is answered with 403",
        on(401, lambda call, it: replace(it, status=403) if MISSING_KEY.encode() in it.body else it)),
    ("key-wrong-302", "a wrong key is answered with a redirect to a page for signing in",
        changes(401, to=302, location="https://luminus.example/login")),
    "gateway.401.missing-key.body",
    ("key-texts-swapped", "the texts for a missing and a wrong key are swapped", changes(401, body=_swapped_texts)),
    ("key-other-text", "a refused key's text is not the gateway's",
        changes(401, body=b'{ "statusCode": 401, "message": "Unauthorized" }')),
    ("key-empty-body", "a refused key's answer has no body", changes(401, body=b"")),
    ("key-page", "a refused key's answer is a page",
        changes(401, label="text/html", body=b"<html><h1>401</h1></html>")),
    ("key-code-text", "statusCode is a text in a refused key's answer",
        changes(401, body=lambda it: it.replace(b"401", b'"401"'))),
    ("key-code-differs", "statusCode differs from the status",
        changes(401, body=lambda it: it.replace(b"401", b"403"))),
    "gateway.401.challenge",
    ("challenge-missing", "a refused key's answer has no challenge", changes(401, drops=[_CHALLENGE])),
    ("challenge-basic", "the challenge asks for basic credentials", _challenge(rb"^.*$", b'Basic realm="zoom"')),
    ("challenge-twice", "the challenge of a refused key stands twice",
        changes(401, www_authenticate=lambda _, it: dict(it.headers)[_CHALLENGE])),
    ("challenge-realm", "the challenge's realm is the backend's address",
        _challenge(rb'realm="[^"]*"', b'realm="http://10.0.0.4:8080/"')),
    ("challenge-name", "the challenge names another header", _challenge(b"Ocp-Apim-Subscription-Key", b"X-Api-Key")),
    "key.first",
    ("body-before-key", "a body that is no JSON is refused before the key is looked at",
        answers("key", _is_no_object, BAD_REQUEST)),
    ("validation-before-key", "a body is validated before the key is looked at",
        both(*(_moved(stage, "key") for stage in ("media_type", "json", "validation")))),
    ("media-type-before-key", "the media type is looked at before the key", _moved("media_type", "key")),
    "gateway.429",
    ("rate-without-wait", "one in forty requests is answered with 429 and no Retry-After",
        _every_fortieth(report(429, _TOO_MANY))),
    ("rate-wait-negative", "one in forty requests is answered with 429 and a negative Retry-After",
        _every_fortieth(report(429, _TOO_MANY, (b"retry-after", b"-1")))),
)  # fmt: skip

DEFECTS: list[Defect] = [*CREDENTIALS, *BEARER, *GATEWAY]

"""Every answer of the mock, byte for byte, over a real socket and in process."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest
import yaml

from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN, MockServer, Settings, create_app
from luminus_zoom_mock import gateway as gateway_module
from luminus_zoom_mock import service as service_module
from luminus_zoom_mock.contract import IN_CHECKOUT, load
from luminus_zoom_mock.exchange import Call

Everywhere = Callable[..., Callable[..., Any]]

CHALLENGE = (
    'AzureApiManagementKey realm="https://luminus.azure-api.net/zoom",name="Ocp-Apim-Subscription-Key",type="header"'
)
GATEWAY_JSON = ("content-type", "application/json")
POWERED = ("x-powered-by", "ASP.NET")
SERVICE_BODY = [
    ("cache-control", "no-store,no-cache"),
    ("pragma", "no-cache"),
    ("request-context", "appId=cid-v1:1f0e9d8c-7b6a-4c5d-8e3f-2a1b0c9d8e7f"),
    POWERED,
]
JSON_TYPE = ("content-type", "application/json; charset=utf-8")
TEXT_TYPE = ("content-type", "text/plain; charset=utf-8")
NOT_FOUND = b'{ "statusCode": 404, "message": "Resource not found" }'
MISSING = (
    b'{ "statusCode": 401, "message": "Access denied due to missing subscription key. '
    b'Make sure to include subscription key when making requests to an API." }'
)
INVALID = (
    b'{ "statusCode": 401, "message": "Access denied due to invalid subscription key. '
    b'Make sure to provide a valid key for an active subscription." }'
)
KEY = ("Ocp-Apim-Subscription-Key", SUBSCRIPTION_KEY)
JSON = ("Content-Type", "application/json")
BODY = json.dumps(load().example()).encode()
BAD = b'{"duration": 7}'


def length(body: bytes) -> tuple[str, str]:
    return ("content-length", str(len(body)))


def test_gateway_texts_have_the_documented_lengths() -> None:
    assert [len(NOT_FOUND), len(MISSING), len(INVALID)] == [54, 152, 143]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_another_method_is_not_found(everywhere: Everywhere, method: str) -> None:
    received = everywhere()(method, body=BODY)
    body = b"" if method == "HEAD" else NOT_FOUND
    assert received == type(received)(404, [GATEWAY_JSON, length(NOT_FOUND)], body)


@pytest.mark.parametrize("target", ["/", "/zoom", "/Meeting", "/zoom/Meeting/1", "/zoom/Meetings", "/zoom//Meeting"])
def test_another_path_is_not_found(everywhere: Everywhere, target: str) -> None:
    received = everywhere()(target=target, body=BODY)
    assert received == type(received)(404, [GATEWAY_JSON, length(NOT_FOUND)], NOT_FOUND)


@pytest.mark.parametrize("target", ["/zoom/meeting", "/ZOOM/MEETING", "/zoom/Meeting/", "/zoom/Meeting?entities=true"])
def test_path_matches_in_any_case_with_or_without_a_final_slash(everywhere: Everywhere, target: str) -> None:
    assert everywhere()(target=target, body=BODY).status == 201


def test_override_header_does_not_change_the_method(everywhere: Everywhere) -> None:
    override = ("X-HTTP-Method-Override", "POST")
    assert everywhere()("GET", headers=[KEY, JSON, override], body=BODY).status == 404


def test_no_key(everywhere: Everywhere) -> None:
    received = everywhere()(headers=[JSON], body=BODY)
    headers = [GATEWAY_JSON, ("www-authenticate", CHALLENGE), length(MISSING)]
    assert received == type(received)(401, headers, MISSING)


@pytest.mark.parametrize(
    ("key", "query"),
    [
        ("wrong", ""),
        ("", ""),
        (SUBSCRIPTION_KEY[:-1], ""),
        (SUBSCRIPTION_KEY.upper(), ""),
        (f"{SUBSCRIPTION_KEY}0", ""),
        (f"{SUBSCRIPTION_KEY}, {SUBSCRIPTION_KEY}", ""),
        ("wrong", SUBSCRIPTION_KEY),
        ("", SUBSCRIPTION_KEY),
        (None, "wrong"),
        (None, ""),
        (None, "%ff%E9&%ff=%ff"),
        ("k\xe9y", ""),
    ],
)
def test_wrong_key(everywhere: Everywhere, key: str | None, query: str) -> None:
    headers = [JSON] if key is None else [("Ocp-Apim-Subscription-Key", key), JSON]
    received = everywhere()(target=f"/zoom/Meeting?subscription-key={query}", headers=headers, body=BODY)
    expected = [GATEWAY_JSON, ("www-authenticate", CHALLENGE), length(INVALID)]
    assert received == type(received)(401, expected, INVALID)


def test_two_key_headers_are_one_wrong_key(everywhere: Everywhere) -> None:
    assert everywhere()(headers=[KEY, KEY, JSON], body=BODY).body == INVALID


def test_key_in_the_query_counts_without_the_header(everywhere: Everywhere) -> None:
    call = everywhere()
    target = f"/zoom/Meeting?a=1&subscription-key={SUBSCRIPTION_KEY}&b"
    assert call(target=target, headers=[JSON], body=BODY).status == 201


@pytest.mark.parametrize(("period", "seconds"), [(60.0, 60), (0.25, 1)])
def test_rate_limit(everywhere: Everywhere, period: float, seconds: int) -> None:
    call = everywhere(rate_limit=2, rate_period=period)
    assert [call(body=BODY).status, call(body=b"").status] == [201, 400]
    received = call(body=BODY)
    body = f'{{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in {seconds} seconds." }}'.encode()
    assert received == type(received)(429, [GATEWAY_JSON, ("retry-after", str(seconds)), length(body)], body)
    if seconds == 60:
        assert len(body) == 84


def test_quota(everywhere: Everywhere) -> None:
    call = everywhere(quota=1)
    assert call(body=BODY).status == 201
    received = call(body=BODY)
    assert received.status == 403
    text = "Out of call volume quota. Quota will be replenished in "
    assert re.fullmatch(
        rf'{{ "statusCode": 403, "message": "{text}(23:59:\d\d|1\.00:00:00)\." }}', received.body.decode()
    )
    assert [name for name, _ in received.headers] == ["content-type", "retry-after", "content-length"]
    assert 86_340 < int(received.header["retry-after"]) <= 86_400


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The gateway's clock, standing still until `now` is set."""
    stopped = SimpleNamespace(now=1000.0, strftime=time.strftime, gmtime=time.gmtime)
    stopped.monotonic = lambda: stopped.now
    monkeypatch.setattr("luminus_zoom_mock.gateway.time", stopped)
    return stopped


def test_rate_limit_slides_and_counts_no_refused_call(mock: Everywhere, clock: SimpleNamespace) -> None:
    call = mock(rate_limit=2, rate_period=10.0)
    statuses = []
    for now, retry_after in [(1000, None), (1004, None), (1005, "5"), (1009.5, "1"), (1010, None), (1011, "3")]:
        clock.now = float(now)
        received = call(body=BODY)
        statuses.append(received.status)
        assert received.header.get("retry-after") == retry_after
    assert statuses == [201, 201, 429, 429, 201, 429]


def test_rate_limit_is_for_each_key(mock: Everywhere) -> None:
    call = mock(rate_limit=1)
    other = [("Ocp-Apim-Subscription-Key", FORBIDDEN_KEY), JSON]
    assert [call(body=BODY).status, call(headers=other, body=BODY).status] == [201, 403]
    assert [call(body=BODY).status, call(headers=other, body=BODY).status] == [429, 429]


def test_quota_is_replenished_after_a_day(mock: Everywhere, clock: SimpleNamespace) -> None:
    call = mock(quota=1)
    outcomes = []
    for now in (1000, 1000, 1000 + 86_400 - 3_661, 1000 + 86_400, 1000 + 86_401):
        clock.now = float(now)
        received = call(body=BODY)
        outcomes.append(201 if received.status == 201 else received.json["message"].rpartition(" in ")[2])
    assert outcomes == [201, "1.00:00:00.", "01:01:01.", 201, "23:59:59."]


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"])
def test_bad_bearer(everywhere: Everywhere, value: str | None) -> None:
    authorization = [] if value is None else [("Authorization", value)]
    received = everywhere(token=TOKEN)(headers=[KEY, JSON, *authorization], body=BODY)
    challenge = 'Bearer error="invalid_token", error_description="The signature is invalid"'
    headers = [POWERED, ("www-authenticate", challenge), ("content-length", "0")]
    assert received == type(received)(401, headers, b"")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_good_bearer(everywhere: Everywhere, scheme: str) -> None:
    call = everywhere(token="another-token")
    assert call(headers=[KEY, JSON, ("Authorization", f"{scheme} another-token")], body=BODY).status == 201


def test_authorization_is_not_looked_at_by_default(everywhere: Everywhere) -> None:
    assert everywhere()(headers=[KEY, JSON, ("Authorization", "Bearer wrong")], body=BODY).status == 201


@pytest.mark.parametrize(
    "media_type",
    [None, "", "text/plain", "application/xml", "application/jsonx", "json", "application/+json", "text/x+json", "*/*"],
)
def test_unsupported_media_type(everywhere: Everywhere, media_type: str | None) -> None:
    content_type = [] if media_type is None else [("Content-Type", media_type)]
    received = everywhere()(headers=[KEY, *content_type], body=BODY)
    assert received == type(received)(415, [POWERED, ("content-length", "0")], b"")


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json-patch+json",
        "text/json",
        "application/x+json",
        "application/vnd.nus.meeting+json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "text/json ; a=b; c",
    ],
)
def test_supported_media_type(everywhere: Everywhere, media_type: str) -> None:
    assert everywhere()(headers=[KEY, ("Content-Type", media_type)], body=BODY).status == 201


BARE = ["*/*", "", "text/plain", "application/xml", "application/json, */*", "text/plain, application/json", "text/*"]
BARE += ["application/json;q=0.5, text/plain", "application/json;q=0", "application/json;q=0, text/plain;q=0"]
QUOTED = ["application/json", "APPLICATION/JSON", "application/*", "application/xml, application/json"]
QUOTED += ["text/plain;q=0.5, application/json;q=0.9", "application/json;q=bad", "application/json;v=1;q=0.1"]


@pytest.mark.parametrize("accept", [None, *BARE])
def test_validation_as_bare_text(everywhere: Everywhere, accept: str | None) -> None:
    received = everywhere()(body=json.dumps(load().example() | {"duration": 7}).encode(), accept=accept)
    body = b"duration: must be at least 15 and must be a multiple of 15"
    assert received == type(received)(400, [TEXT_TYPE, *SERVICE_BODY, length(body)], body)


@pytest.mark.parametrize("accept", [*QUOTED, "text/json"])
def test_validation_as_quoted_string(everywhere: Everywhere, accept: str) -> None:
    received = everywhere()(body=json.dumps(load().example() | {"duration": 7}).encode(), accept=accept)
    body = b'"duration: must be at least 15 and must be a multiple of 15"'
    media_type = "text" if accept == "text/json" else "application"
    content_type = ("content-type", f"{media_type}/json; charset=utf-8")
    assert received == type(received)(400, [content_type, *SERVICE_BODY, length(body)], body)


@pytest.mark.parametrize("accept", [None, "application/json", "text/plain"])
def test_validation_as_fields(everywhere: Everywhere, accept: str | None) -> None:
    received = everywhere(error_shape="fields")(body=BAD, accept=accept)
    body = (
        b'{"duration":["The field duration must be at least 15.","The field duration must be a multiple of 15."],'
        b'"moduleID":["The field moduleID is required."],"name":["The field name is required."],'
        b'"startDate":["The field startDate is required."]}'
    )
    assert received.headers == [JSON_TYPE, *SERVICE_BODY, length(received.body)]
    assert received.status == 400
    assert received.json == json.loads(body)
    assert sorted(received.body) == sorted(body)  # the order of the fields is the validator's


def test_validation_as_problem(everywhere: Everywhere) -> None:
    received = everywhere(error_shape="problem")(body=b"")
    assert received.status == 400
    content_type = ("content-type", "application/problem+json; charset=utf-8")
    assert received.headers == [content_type, *SERVICE_BODY, length(received.body)]
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", received.json["traceId"])
    assert received.json | {"traceId": None} == {
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "traceId": None,
        "errors": {"": ["A non-empty request body is required."]},
    }


def test_unsupported_media_type_as_problem(everywhere: Everywhere) -> None:
    received = everywhere(error_shape="problem")(headers=[KEY], body=BODY)
    assert (received.status, received.json["status"]) == (415, 415)
    assert received.json["title"] == "Unsupported Media Type"
    assert received.header["content-type"] == "application/problem+json; charset=utf-8"


def test_validation_as_plain_text_whatever_is_asked_for(everywhere: Everywhere) -> None:
    received = everywhere(error_shape="plain")(body=b"", accept="application/json")
    body = b"A non-empty request body is required."
    assert received == type(received)(400, [TEXT_TYPE, *SERVICE_BODY, length(body)], body)


@pytest.mark.parametrize(("accept", "quote"), [(None, b""), ("application/json", b'"')])
@pytest.mark.parametrize("by", ["key", "module"])
def test_role(everywhere: Everywhere, accept: str | None, quote: bytes, by: str) -> None:
    call = everywhere() if by == "key" else everywhere(module_ids=frozenset({"00000000-0000-0000-0000-000000000000"}))
    key = FORBIDDEN_KEY if by == "key" else SUBSCRIPTION_KEY
    received = call(headers=[("Ocp-Apim-Subscription-Key", key), JSON], body=BODY, accept=accept)
    body = quote + b"You may not create meetings in this module." + quote
    expected = [JSON_TYPE if quote else TEXT_TYPE, *SERVICE_BODY, length(body)]
    assert received == type(received)(403, expected, body)


def test_permitted_module_is_compared_as_a_uuid(everywhere: Everywhere) -> None:
    module = load().example()["moduleID"]
    call = everywhere(module_ids=frozenset({module.upper()}))
    assert call(body=json.dumps(load().example() | {"moduleID": module.lower()}).encode()).status == 201


def test_created(everywhere: Everywhere) -> None:
    received = everywhere()(body=BODY)
    assert received.status == 201
    assert received.headers == [JSON_TYPE, *SERVICE_BODY, length(received.body)]
    compact = json.dumps(received.json, separators=(",", ":"), ensure_ascii=False).encode()
    assert received.body == compact


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("text/json", "text/json"), ("text/plain", "application/json"), ("image/png", "application/json")],
)
def test_created_is_json_whatever_is_asked_for(everywhere: Everywhere, accept: str, media_type: str) -> None:
    received = everywhere()(body=BODY, accept=accept)
    assert (received.status, received.header["content-type"]) == (201, f"{media_type}; charset=utf-8")
    assert received.json["name"] == load().example()["name"]


def test_crashes_can_be_put_in_a_stage_s_place() -> None:
    activity = "5b1f0c52-6d2e-4f3a-9d52-0d7c3c8e9a10"
    with MockServer() as server:
        import httpx

        key = {"Ocp-Apim-Subscription-Key": server.subscription_key}
        server.app.stages["creation"] = lambda _: service_module.crash()
        ours = httpx.post(f"{server.base_url}/Meeting", json=load().example(), headers=key)
        server.app.stages["quota"] = lambda _: gateway_module.crash(activity)
        theirs = httpx.post(f"{server.base_url}/Meeting", json=load().example(), headers=key)
    assert (ours.status_code, ours.content) == (500, b"")
    assert ours.headers["content-type"] == "text/plain; charset=utf-8"
    assert theirs.text == f'{{ "statusCode": 500, "message": "Internal server error", "activityId": "{activity}" }}'
    assert (theirs.status_code, theirs.headers["content-type"]) == (500, "application/json")


ORDER: list[tuple[str, dict[str, Any], int]] = [
    ("route", {"target": "/zoom/other", "headers": [], "body": BAD}, 404),
    ("method", {"method": "GET", "headers": [], "body": BAD}, 404),
    ("key", {"headers": [], "body": b"{"}, 401),
    ("rate", {"headers": [KEY], "body": b"{"}, 429),
    ("quota", {"headers": [KEY], "body": b"{"}, 403),
    ("bearer", {"headers": [KEY], "body": b"{"}, 401),
    ("media type", {"headers": [KEY, ("Authorization", f"Bearer {TOKEN}")], "body": b"{"}, 415),
    ("json", {"headers": [KEY, JSON, ("Authorization", f"Bearer {TOKEN}")], "body": b"{"}, 400),
    (
        "validation",
        {
            "headers": [("Ocp-Apim-Subscription-Key", FORBIDDEN_KEY), JSON, ("Authorization", f"Bearer {TOKEN}")],
            "body": BAD,
        },
        400,
    ),
    (
        "role",
        {
            "headers": [("Ocp-Apim-Subscription-Key", FORBIDDEN_KEY), JSON, ("Authorization", f"Bearer {TOKEN}")],
            "body": BODY,
        },
        403,
    ),
]


@pytest.mark.parametrize(("name", "request_", "status"), ORDER, ids=[row[0] for row in ORDER])
def test_checks_come_in_the_table_s_order(
    everywhere: Everywhere, name: str, request_: dict[str, Any], status: int
) -> None:
    """Each request fails the named check and those after it; rate and quota are used up where they are the matter."""
    limits = {"rate": {"rate_limit": 1, "quota": 0}, "quota": {"quota": 1}}.get(name, {})
    call = everywhere(token=TOKEN, module_ids=frozenset(), **limits)
    if name in ("rate", "quota"):
        call(headers=[KEY], body=b"{")
    assert call(**request_).status == status


def test_a_call_that_the_gateway_refuses_is_not_counted(mock: Everywhere) -> None:
    call = mock(rate_limit=1, quota=1)
    assert [call(headers=[JSON], body=BODY).status, call("GET").status] == [401, 404]
    assert call(body=BODY).status == 201


def test_every_answer_is_documented(mock: Everywhere) -> None:
    """Each answer's status and media type stand in openapi.yaml, and its body is valid by the schema there."""
    document = yaml.safe_load(IN_CHECKOUT.read_text("utf-8"))
    responses = document["paths"]["/Meeting"]["post"]["responses"]
    limited, quota, plain = mock(rate_limit=1), mock(quota=0), mock()
    limited(body=BODY)
    forbidden = [("Ocp-Apim-Subscription-Key", FORBIDDEN_KEY), JSON]
    received = [plain(**request) for name, request, _ in ORDER if name not in ("rate", "quota")]
    received += [limited(body=BODY), quota(body=BODY), plain(body=BODY), plain(headers=[KEY], body=BODY)]
    received += [plain(body=b"[]", accept=accept) for accept in ("application/json", "text/json", "text/plain")]
    received += [plain(headers=forbidden, body=BODY, accept=accept) for accept in ("application/json", "text/plain")]
    assert {answer.status for answer in received} == {201, 400, 401, 403, 404, 415, 429}
    for answer in received:
        response = responses[str(answer.status)]
        if not answer.body:
            assert "content" not in response
            continue
        media_type = answer.header["content-type"].partition(";")[0]
        schema = {**response["content"][media_type]["schema"], "components": document["components"]}
        value = answer.body.decode() if media_type == "text/plain" else answer.json
        jsonschema_rs.validate(schema, value, validate_formats=True)


def test_no_answer_is_an_error_of_the_pipeline() -> None:
    app = create_app()
    del app.stages["creation"]
    headers = {b"ocp-apim-subscription-key": SUBSCRIPTION_KEY.encode(), b"content-type": b"application/json"}
    with pytest.raises(RuntimeError, match="no stage answered"):
        app.answer(Call("POST", "/zoom/Meeting", b"", headers, BODY))


def test_secrets_are_in_no_repr() -> None:
    app = create_app()
    headers = {b"ocp-apim-subscription-key": SUBSCRIPTION_KEY.encode(), b"content-type": b"application/json"}
    call = Call("POST", "/zoom/Meeting", SUBSCRIPTION_KEY.encode(), headers, BODY)
    answer = app.answer(call)
    shown = f"{call!r} {answer!r} {Settings(as_observed=True)!r}"
    assert answer.status == 201
    assert SUBSCRIPTION_KEY not in shown
    assert TOKEN not in shown
    assert json.loads(answer.body)["meetingPassword"] not in shown

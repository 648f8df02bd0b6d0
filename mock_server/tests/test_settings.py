"""The settings that change how the mock behaves: as observed, and the variants that an honest server may show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN, Settings
from luminus_zoom_mock.contract import IN_CHECKOUT

Post = Callable[..., Any]
Mock = Callable[..., Callable[..., Any]]

JSON = ("Content-Type", "application/json")
AUTHORIZED = [("Ocp-Apim-Subscription-Key", SUBSCRIPTION_KEY), JSON, ("Authorization", f"Bearer {TOKEN}")]


def test_defaults_follow_the_page() -> None:
    settings = Settings()
    assert settings.subscription_keys == {SUBSCRIPTION_KEY}
    assert settings.forbidden_keys == {FORBIDDEN_KEY}
    assert (settings.token, settings.error_shape) == (None, "text")


def test_as_observed_asks_for_a_token_and_answers_fields() -> None:
    settings = Settings(as_observed=True)
    assert (settings.token, settings.error_shape) == (TOKEN, "fields")
    settings = Settings(as_observed=True, token="mine", error_shape="problem")
    assert (settings.token, settings.error_shape) == ("mine", "problem")


def test_as_observed_over_the_wire(everywhere: Mock, minimal: dict[str, Any]) -> None:
    call = everywhere(as_observed=True)
    body = json.dumps(minimal | {"duration": 7}).encode()
    assert call(body=body).status == 401
    received = call(headers=AUTHORIZED, body=body, accept="text/plain")
    assert received.status == 400
    assert received.header["content-type"] == "application/json; charset=utf-8"
    assert list(received.json) == ["duration"]
    assert call(headers=AUTHORIZED, body=b"{").json == {"": ["The request body is not valid JSON."]}


SPELT_ANYHOW = {
    "MODULEID": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "Name": "overridden",
    "name": "lecture",
    "startdate": "2027-01-18T10:00:00Z",
    "Duration": 90,
    "publishmutimediachannel": True,
    "Access": {"USERACCESS": [{"userid": "x", "AccessRole": 3}], "Unknown": {"name": 1}},
    "unknown": [{"NAME": 1}],
}


def test_names_match_in_any_case_as_observed_alone(mock: Mock) -> None:
    document = SPELT_ANYHOW | {"Access": {"UserAccess": [], "Unknown": {"name": 1}}}
    received = mock(as_observed=True)(headers=AUTHORIZED, body=json.dumps(document).encode())
    assert received.status == 201
    assert received.json["name"] == "lecture"
    assert received.json["publishMutimediaChannel"] is True
    refused = mock()(body=json.dumps(document).encode())
    assert refused.status == 400
    assert set(refused.body.decode().split("; ")) == {
        f"{it}: is required" for it in ("moduleID", "startDate", "duration")
    }


def test_names_in_any_case_reach_into_the_access_rights(mock: Mock) -> None:
    received = mock(as_observed=True)(headers=AUTHORIZED, body=json.dumps(SPELT_ANYHOW).encode())
    assert received.json == {
        "access.userAccess[0].userID": ["The field access.userAccess[0].userID must be a valid uuid."]
    }


def test_names_in_any_case_leave_deep_unknown_members_alone(mock: Mock) -> None:
    text = json.dumps(SPELT_ANYHOW | {"Access": {}})[:-1] + ', "deep": ' + '{"x":' * 600 + "1" + "}" * 601
    assert mock(as_observed=True)(headers=AUTHORIZED, body=text.encode()).status == 201


@pytest.mark.parametrize(
    ("digits", "answered"),
    [(None, "00.12+"), (0, "00+"), (1, "00.1+"), (2, "00.12+"), (3, "00.120+"), (7, "00.1200000+")],
)
def test_fraction_digits(post: Post, digits: int | None, answered: str) -> None:
    meeting = post(settings={"fraction_digits": digits}, startDate="2027-01-18T10:00:00.120Z").json
    assert answered in meeting["startDate"]
    assert answered in meeting["endDate"]
    if digits is not None:
        fraction = meeting["createdDate"].partition("+")[0].partition(".")[2]
        assert len(fraction) == digits


def test_method_not_allowed(everywhere: Mock) -> None:
    call = everywhere(method_not_allowed=405)
    received = call("GET")
    assert received.status == 405
    assert received.header["allow"] == "POST"
    assert received.body == b'{ "statusCode": 405, "message": "Method not allowed" }'
    assert call("GET", target="/zoom/other").status == 404


def test_omit_unset(post: Post) -> None:
    meeting = post(settings={"omit_unset": True}, muteUponEntry=False).json
    flags = {name for name, value in meeting.items() if isinstance(value, bool)}
    assert flags == {"muteUponEntry", "isSetPassword", "notFoundInZoom", "readonlyAccess"}


@pytest.mark.parametrize(("name", "status"), [("", 400), (" \t\u00a0", 400), (" x ", 201), ("0", 201)])
def test_strict_names(post: Post, name: str, status: int) -> None:
    received = post(settings={"strict_names": True}, name=name)
    assert received.status == status
    assert (received.body == b"name: must not be blank") is (status == 400)
    assert post(name=name).status == 201


@pytest.mark.parametrize(
    ("offset", "status"), [("+14:00", 201), ("+14:01", 400), ("-23:59", 400), ("Z", 201), ("z", 201)]
)
def test_max_offset(post: Post, offset: str, status: int) -> None:
    start = f"2027-01-18T10:00:00{offset}"
    received = post(settings={"max_offset_hours": 14}, startDate=start)
    assert received.status == status
    if status == 400:
        assert received.body == b"startDate: must have an offset of at most 14 hours"
    assert post(startDate=start).status == 201


def test_further_faults_are_named_together(post: Post) -> None:
    settings = {"strict_names": True, "max_offset_hours": 14}
    received = post(settings=settings, name=" ", startDate="9999-12-31T23:00:00-15:00")
    assert received.body == b"startDate: must have an offset of at most 14 hours; name: must not be blank"


def test_module_ids_without_a_module_in_the_request(mock: Mock, minimal: dict[str, Any], tmp_path: Any) -> None:
    text = IN_CHECKOUT.read_text("utf-8").replace("required: [duration, moduleID, name", "required: [duration, name")
    path = tmp_path / "optional.yaml"
    path.write_text(text, "utf-8")
    del minimal["moduleID"]
    received = mock(contract=path, module_ids=frozenset({"0f8fad5b-d9cb-469f-a165-70867728950e"}))(
        body=json.dumps(minimal).encode()
    )
    assert received.status == 403


def test_several_keys(mock: Mock, minimal: dict[str, Any]) -> None:
    call = mock(subscription_keys=frozenset({"one", "two"}), forbidden_keys=frozenset())
    keys = ("one", "two", SUBSCRIPTION_KEY, FORBIDDEN_KEY)
    body = json.dumps(minimal).encode()
    statuses = [call(headers=[("Ocp-Apim-Subscription-Key", key), JSON], body=body).status for key in keys]
    assert statuses == [201, 201, 401, 401]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subscription_keys": frozenset()},
        {"error_shape": "xml"},
        {"rate_limit": 0},
        {"rate_period": 0.0},
        {"quota": -1},
        {"fraction_digits": 8},
        {"method_not_allowed": 400},
    ],
)
def test_value_without_meaning_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)

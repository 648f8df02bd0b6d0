"""The meeting in a 201: what is echoed, what is derived, and that both follow the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import RFC_4122, UUID

import jsonschema_rs
import pytest
import yaml

from luminus_zoom_mock import SUBSCRIPTION_KEY, Settings, create_app
from luminus_zoom_mock.contract import IN_CHECKOUT, Contract, load
from luminus_zoom_mock.exchange import Call
from luminus_zoom_mock.meeting import DERIVED, PASSWORD_ALPHABET, number_of

Post = Callable[..., Any]
DOCUMENT = yaml.safe_load(IN_CHECKOUT.read_text("utf-8"))
FULL = DOCUMENT["components"]["examples"]["FullRequest"]["value"]
# Closed: no property beyond the contract's may be answered.
CLOSED = {
    **DOCUMENT["components"]["schemas"]["Meeting"],
    "components": DOCUMENT["components"],
    "additionalProperties": False,
}


def created(contract: Path, body: dict[str, Any]) -> dict[str, Any]:
    """The meeting that a mock with another contract answers."""
    headers = {b"ocp-apim-subscription-key": SUBSCRIPTION_KEY.encode(), b"content-type": b"application/json"}
    app = create_app(Settings(contract=contract))
    answer = app.answer(Call("POST", app.contract.path, b"", headers, json.dumps(body).encode()))
    assert answer.status == 201, answer.body
    meeting: dict[str, Any] = json.loads(answer.body)
    return meeting


def test_full_request_is_echoed_and_completed(post: Post) -> None:
    received = post(**FULL)
    meeting = received.json
    jsonschema_rs.validate(CLOSED, meeting, validate_formats=True)
    assert set(meeting) == set(DOCUMENT["components"]["schemas"]["Meeting"]["properties"])
    shared = set(FULL) & set(meeting)
    assert len(shared) == 16
    assert {name: meeting[name] for name in shared} == {name: FULL[name] for name in shared}
    assert meeting["topic"] == FULL["name"]
    assert meeting["meetingDuration"] == FULL["duration"]
    assert meeting["endDate"] == "2027-01-18T11:30:00+08:00"
    assert [meeting["isSetPassword"], meeting["notFoundInZoom"], meeting["readonlyAccess"]] == [True, False, False]


def test_minimal_request_leaves_unset_keys_out_but_booleans_false(post: Post) -> None:
    meeting = post().json
    jsonschema_rs.validate(CLOSED, meeting, validate_formats=True)
    absent = {"authenticationOpt", "alternativeHosts", "meetingType", "channelID", "channelName"}
    properties = DOCUMENT["components"]["schemas"]["Meeting"]["properties"]
    assert set(properties) - set(meeting) == absent
    flags = {name for name, schema in properties.items() if schema.get("type") == "boolean"} - {"isSetPassword"}
    assert {name: meeting[name] for name in flags} == dict.fromkeys(flags, False)
    assert meeting["recordType"] == 0


def test_what_opens_the_meeting_has_zoom_s_form_and_fits_together(post: Post) -> None:
    for _ in range(50):
        meeting = post().json
        url = urlsplit(meeting["joinUrl"])
        assert (url.scheme, url.netloc, url.path) == ("https", "nus-sg.zoom.us", f"/j/{meeting['meetingID']}")
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", parse_qs(url.query)["pwd"][0])
        assert re.fullmatch(r"8\d{10}", meeting["meetingID"])
        assert re.fullmatch(rf"[{re.escape(PASSWORD_ALPHABET)}]{{6}}", meeting["meetingPassword"])
        assert re.fullmatch(r"\d{6}", meeting["hostKey"])
        uuid = UUID(meeting["id"])
        assert (str(uuid), uuid.version, uuid.variant) == (meeting["id"], 4, RFC_4122)


def test_numbers_of_many_serials_differ() -> None:
    # The wide steps would meet if the factor shared a divisor with the modulus.
    serials = {*range(100_000), *range(0, 10**10, 10**7)}
    numbers = {number_of(serial) for serial in serials}
    assert len(numbers) == len(serials)
    assert {len(number) for number in numbers} == {11}


@pytest.mark.parametrize("digits", [None, 2, 7])
def test_created_date_is_now(post: Post, digits: int | None) -> None:
    text = post(settings={"fraction_digits": digits}).json["createdDate"]
    fraction = r"(\.\d{0,5}[1-9])?" if digits is None else rf"\.\d{{{digits}}}"
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{fraction}\+08:00", text)
    assert abs(datetime.fromisoformat(text) - datetime.now().astimezone()) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("2027-01-18T10:00:00+08:00", "2027-01-18T10:00:00+08:00"),
        ("2027-01-18T10:00:00Z", "2027-01-18T18:00:00+08:00"),
        ("2027-01-18t10:00:00z", "2027-01-18T18:00:00+08:00"),
        ("2027-01-18T10:00:00-00:00", "2027-01-18T18:00:00+08:00"),
        ("2027-12-31T23:30:00-23:59", "2028-01-02T07:29:00+08:00"),
        ("2027-01-18T10:00:00+23:59", "2027-01-17T18:01:00+08:00"),
        ("2028-02-29T10:00:00.5+08:00", "2028-02-29T10:00:00.5+08:00"),
        ("2027-01-18T10:00:00.000Z", "2027-01-18T18:00:00+08:00"),
        ("2027-01-18T10:00:00.1230Z", "2027-01-18T18:00:00.123+08:00"),
        ("2027-01-18T10:00:00.1234567Z", "2027-01-18T18:00:00.1234567+08:00"),
        ("2027-01-18T10:00:00.0000000999Z", "2027-01-18T18:00:00+08:00"),
        ("2027-01-18T10:00:00.123456789012-05:30", "2027-01-18T23:30:00.1234567+08:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T08:00:00+08:00"),
        ("9999-12-31T14:29:59.9Z", "9999-12-31T22:29:59.9+08:00"),
    ],
)
def test_dates_are_answered_in_singapore_s_time(post: Post, sent: str, answered: str) -> None:
    meeting = post(startDate=sent).json
    assert meeting["startDate"] == answered
    whole = re.sub(r"\.\d+", "", answered)
    end = datetime.fromisoformat(whole) + timedelta(minutes=90)
    assert re.sub(r"\.\d+", "", meeting["endDate"]) == end.isoformat()
    assert meeting["endDate"][19:] == answered[19:]


def test_numbers_are_answered_without_a_fraction_and_uuids_in_lower_case(post: Post) -> None:
    body = json.dumps(
        {**FULL, "moduleID": FULL["moduleID"].upper(), "duration": 90.0, "recordType": 1.0, "meetingType": 2.0}
    )
    received = post(body.encode())
    assert b'"meetingDuration":90,' in received.body
    assert b'"recordType":1,' in received.body
    assert b'"meetingType":2,' in received.body
    assert received.json["moduleID"] == FULL["moduleID"]


@pytest.mark.parametrize(
    "name", ["<b>&amp;</b>", " padded ", "课程 ١ \U0001f600", "e\u0301\u200d", '\u0000\t\u2028"\\/', ""]
)
def test_text_is_echoed_exactly(post: Post, name: str) -> None:
    meeting = post(name=name, channelName=name, alternativeHosts=name).json
    assert [meeting[key] for key in ("name", "topic", "channelName", "alternativeHosts")] == [name] * 4


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], None]], Path]:
    """Write the contract after a change of its schemas."""

    def write(change: Callable[[dict[str, Any]], None]) -> Path:
        document = yaml.safe_load(IN_CHECKOUT.read_text("utf-8"))
        change(document["components"]["schemas"])
        path = tmp_path / "changed.yaml"
        path.write_text(yaml.safe_dump(document), "utf-8")
        return path

    return write


def test_added_properties_follow_from_the_contract(changed: Any) -> None:
    added = {
        "breakoutRooms": {"type": ["boolean", "null"]},
        "seats": {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 1}]},
        "doorsOpen": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "anything": {},
    }
    path = changed(
        lambda schemas: [schemas[name]["properties"].update(added) for name in ("NewMeeting", "Meeting")],
    )
    sent = {"seats": 3.0, "doorsOpen": "2027-01-18T01:30:00.50Z", "tags": ["a", "b"], "anything": None}
    meeting = created(path, FULL | sent)
    assert meeting["breakoutRooms"] is False
    assert meeting["seats"] == 3
    assert meeting["doorsOpen"] == "2027-01-18T09:30:00.5+08:00"
    assert meeting["tags"] == ["a", "b"]
    assert "anything" not in meeting
    nulls = created(path, FULL | dict.fromkeys(["breakoutRooms", "seats", "doorsOpen"]))
    assert not {"breakoutRooms", "seats", "doorsOpen"} & set(nulls)


def test_answer_s_own_property_without_a_rule_is_made_from_its_schema(changed: Any) -> None:
    added = {
        "hostPin": {"type": "string", "pattern": "^[0-9]{4}$", "x-sensitive": True},
        "isLocked": {"type": "boolean"},
        "seats": {"type": "integer", "exclusiveMinimum": 10, "multipleOf": 4, "maximum": 15},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True},
        "opens": {"type": "string", "format": "date"},
        "owner": {
            "oneOf": [{"type": "object", "required": ["n"], "properties": {"n": {"const": 7}}}, {"type": "null"}]
        },
        "alternative": {"allOf": [{"type": "string", "minLength": 3}, {"type": "string", "maxLength": 3}]},
    }
    meeting = created(changed(lambda schemas: schemas["Meeting"]["properties"].update(deepcopy(added))), FULL)
    for name, schema in added.items():
        jsonschema_rs.validate(schema, meeting[name], validate_formats=True)
    assert meeting["isLocked"] is False


def test_what_is_derived_gives_way_to_the_contract_s_schema(changed: Any) -> None:
    tightened = {
        "id": {"type": "integer", "minimum": 1},
        "endDate": {"type": "string", "format": "date"},
        "joinUrl": {"type": "string", "pattern": "^zoom:"},
    }
    meeting = created(changed(lambda schemas: schemas["Meeting"]["properties"].update(deepcopy(tightened))), FULL)
    for name, schema in tightened.items():
        jsonschema_rs.validate(schema, meeting[name], validate_formats=True)


def test_renamed_property_follows_from_the_contract(changed: Any) -> None:
    def rename(schemas: dict[str, Any]) -> None:
        for name in ("NewMeeting", "Meeting"):
            properties = schemas[name]["properties"]
            properties["mutedAtEntry"] = properties.pop("muteUponEntry")

    meeting = created(changed(rename), FULL | {"mutedAtEntry": True})
    assert meeting["mutedAtEntry"] is True
    assert "muteUponEntry" not in meeting


@pytest.mark.parametrize("name", sorted(set(load().request) | set(DERIVED)))
def test_removed_property_follows_from_the_contract(changed: Any, name: str) -> None:
    """Whichever property goes, from request and answer, a meeting is still made of the others."""

    def remove(schemas: dict[str, Any]) -> None:
        schemas["Meeting"]["properties"].pop(name, None)
        schemas["NewMeeting"]["properties"].pop(name, None)
        schemas["NewMeeting"]["required"] = [it for it in schemas["NewMeeting"]["required"] if it != name]

    meeting = created(changed(remove), {key: value for key, value in FULL.items() if key != name})
    assert name not in meeting
    # What was derived from it is made from its schema now.
    assert set(meeting) == set(DOCUMENT["components"]["schemas"]["Meeting"]["properties"]) - {name}
    jsonschema_rs.validate(CLOSED, meeting, validate_formats=True)


def test_further_keywords_of_the_contract_are_enforced_and_recursion_is_bounded(changed: Any) -> None:
    """A rule without a wording of its own is still named; a fault out of sight below many levels still refuses."""
    node = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Node"}, "n": {"type": "integer"}}}

    def add(schemas: dict[str, Any]) -> None:
        schemas["Node"] = node
        schemas["NewMeeting"]["properties"]["tree"] = {"$ref": "#/components/schemas/Node"}
        schemas["NewMeeting"]["properties"]["channelName"]["pattern"] = "^[A-Z]"

    contract = load(changed(add))
    assert contract.faults(FULL | {"channelName": "x"}) == {"channelName": ["must match the pattern ^[A-Z]"]}
    tree: dict[str, Any] = {"n": "x"}
    assert contract.faults(FULL | {"tree": tree}) == {"tree.n": ["must be of type integer"]}
    for _ in range(100):
        tree = {"child": tree}
    assert contract.faults(FULL | {"tree": tree}) == {"": ["The request body nests too deeply."]}


def test_path_follows_from_the_contract(tmp_path: Path) -> None:
    text = (
        IN_CHECKOUT.read_text("utf-8")
        .replace("  /Meeting:", "  /Session:")
        .replace("azure-api.net/zoom", "azure-api.net/v2/")
    )
    path = tmp_path / "moved.yaml"
    path.write_text(text, "utf-8")
    assert create_app(Settings(contract=path)).contract.path == "/v2/Session"
    assert created(path, FULL)["name"] == FULL["name"]


def test_contract_without_an_operation_is_refused() -> None:
    with pytest.raises(LookupError, match="no operation"):
        Contract({"paths": {"/Meeting": {"parameters": []}}})


def test_contract_without_examples_has_an_empty_one(tmp_path: Path) -> None:
    document = yaml.safe_load(IN_CHECKOUT.read_text("utf-8"))
    for content in document["paths"]["/Meeting"]["post"]["requestBody"]["content"].values():
        content.pop("examples", None)
    assert Contract(document).example() == {}


def test_installed_package_s_own_contract_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shipped = tmp_path / "openapi.yaml"
    shipped.write_text(IN_CHECKOUT.read_text("utf-8").replace("  /Meeting:", "  /Shipped:"), "utf-8")
    assert load().path == "/zoom/Meeting"
    monkeypatch.setattr("luminus_zoom_mock.contract.IN_PACKAGE", shipped)
    assert load().path == "/zoom/Shipped"


def test_answer_can_be_changed_one_property_at_a_time() -> None:
    app = create_app()
    app.service.fields["topic"] = lambda draft: draft.request["name"].upper()
    headers = {b"ocp-apim-subscription-key": SUBSCRIPTION_KEY.encode(), b"content-type": b"application/json"}
    answer = app.answer(Call("POST", "/zoom/Meeting", b"", headers, json.dumps(FULL).encode()))
    assert json.loads(answer.body)["topic"] == FULL["name"].upper()
    assert app.store.meetings() == [json.loads(answer.body)]

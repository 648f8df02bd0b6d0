"""From the bytes of a success to a meeting: every value that was seen or may come, and where it breaks the contract."""

import json
import time
import zlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from luminus_zoom import AuthenticationOption, Deviation, Meeting, MeetingType, RecordType
from luminus_zoom._response import (
    FOREIGN,
    LONGEST_SALVAGE,
    MAX_BODY,
    SINGAPORE,
    Response,
    mismatches,
    parsed,
    read,
    salvaged,
)
from luminus_zoom_api.limits import RESPONSE
from wrapper.tests.calls import BODY, HOST_KEY, MEETING, MEETING_ID, PASSWORD, URL_PASSWORD

JSON = {"content-type": "application/json; charset=utf-8"}


def meeting_of(body: bytes, status: int = 201, headers: dict[str, str] = JSON, fault: str | None = None) -> Meeting:
    """The meeting in an answer."""
    meeting = read(Response(status, headers, body, fault))
    assert meeting is not None
    return meeting


def valued(**properties: Any) -> Meeting:
    """The meeting in an object of these properties."""
    return meeting_of(json.dumps(properties).encode())


def test_a_conforming_answer_is_read_whole() -> None:
    zone = timezone(timedelta(hours=8))
    assert meeting_of(BODY).deviations == ()
    assert meeting_of(BODY).raw == MEETING
    assert meeting_of(BODY) == Meeting(
        id=UUID(MEETING_ID),
        name="CS1010 lecture 3",
        start=datetime(2027, 1, 18, 10, tzinfo=zone),
        end=datetime(2027, 1, 18, 11, 30, tzinfo=zone),
        created=datetime(2027, 1, 11, 9, 12, 44, 187_000, tzinfo=zone),
        creator_id=UUID("a4c1d2e3-5b6f-4708-9182-a3b4c5d6e7f8"),
        readonly_access=False,
        user_id="e0123456",
        user_name="Ann Example",
        email="ann@u.nus.edu",
        topic="CS1010 lecture 3",
        api_user_name="ann@u.nus.edu",
        meeting_id="81234567890",
        duration=timedelta(minutes=90),
        password=PASSWORD,
        join_url=f"https://nus-sg.zoom.us/j/81234567890?pwd={URL_PASSWORD}",
        host_key=HOST_KEY,
        send_email=False,
        publish_record_url=True,
        password_set=True,
        waiting_room=True,
        meeting_authentication=True,
        mute_upon_entry=True,
        not_found_in_zoom=False,
        record_type=RecordType.CLOUD,
        authentication_option=AuthenticationOption.NUS_ACCOUNT,
        alternative_hosts="ann@u.nus.edu,ben@u.nus.edu",
        meeting_type=MeetingType.CUSTOM,
        module_id=UUID("0f8fad5b-d9cb-469f-a165-70867728950e"),
        export_multimedia_web=True,
        channel_id=UUID("16fd2706-8baf-433b-82eb-8c7fada847da"),
        channel_name="CS1010 recordings",
        publish_multimedia_channel=True,
    )


CONFORMING: list[tuple[str, Any, str, Any]] = [
    ("id", MEETING_ID.upper(), "id", UUID(MEETING_ID)),
    ("id", "00000000-0000-0000-0000-000000000000", "id", None),
    ("name", "", "name", None),
    ("name", " 冬 ", "name", " 冬 "),
    ("meetingID", "812 3456 7890", "meeting_id", "81234567890"),
    ("meetingID", "", "meeting_id", None),
    ("meetingDuration", 60.0, "duration", timedelta(hours=1)),
    ("meetingDuration", -(2**31), "duration", timedelta(minutes=-(2**31))),
    ("recordType", 0, "record_type", 0),
    ("recordType", 2, "record_type", RecordType.LOCAL),
    ("authenticationOpt", 9, "authentication_option", 9),
    ("meetingType", 2**31 - 1, "meeting_type", 2**31 - 1),
    ("startDate", "2027-01-18T10:00:00+08:00", "start", datetime(2027, 1, 18, 10, tzinfo=SINGAPORE)),
    ("startDate", "2027-01-18T02:00:00Z", "start", datetime(2027, 1, 18, 2, tzinfo=UTC)),
    ("startDate", "2027-01-18t02:00:00z", "start", datetime(2027, 1, 18, 2, tzinfo=UTC)),
    ("startDate", "2027-01-18T10:00:31.42+08:00", "start", datetime(2027, 1, 18, 10, 0, 31, 420_000, SINGAPORE)),
    ("startDate", "2027-01-18T10:00:01.0281072+08:00", "start", datetime(2027, 1, 18, 10, 0, 1, 28_107, SINGAPORE)),
    ("startDate", "2027-01-18T10:00:00-23:59", "start", datetime(2027, 1, 19, 9, 59, tzinfo=UTC)),
    ("startDate", "0001-01-01T00:00:00+08:00", "start", None),
    ("startDate", "0001-01-01T00:00:00Z", "start", None),
]


@pytest.mark.parametrize(("name", "value", "field", "expected"), CONFORMING)
def test_a_value_that_conforms(name: str, value: Any, field: str, expected: Any) -> None:
    meeting = valued(**{name: value})
    assert getattr(meeting, field) == expected
    assert type(getattr(meeting, field)) is type(expected)
    assert meeting.deviations == ()


AS_UUID, AS_TIME, AS_INTEGER = "string as uuid", "string as date-time", "integer as int32"
TEN = datetime(2027, 1, 18, 10, tzinfo=SINGAPORE)
BARE_ID = MEETING_ID.replace("-", "")
STRAYING: list[tuple[str, Any, str, Any, str, str]] = [
    ("id", "", "id", None, AS_UUID, 'string ""'),
    ("id", f"{{{MEETING_ID}}}", "id", UUID(MEETING_ID), AS_UUID, f'string "{{{MEETING_ID}}}"'),
    ("id", BARE_ID, "id", UUID(MEETING_ID), AS_UUID, f'string "{BARE_ID}"'),
    ("id", "x", "id", None, AS_UUID, 'string "x"'),
    ("id", 5, "id", None, AS_UUID, "integer 5"),
    ("id", None, "id", None, AS_UUID, "null"),
    ("name", None, "name", None, "string", "null"),
    ("name", 5, "name", "5", "string", "integer 5"),
    ("name", 1.5, "name", None, "string", "number 1.5"),
    ("name", True, "name", None, "string", "boolean true"),
    ("name", ["x"], "name", None, "string", "array"),
    ("name", {"x": 1}, "name", None, "string", "object"),
    ("meetingID", 81234567890, "meeting_id", "81234567890", "string", "integer 81234567890"),
    ("meetingID", 81234567890.0, "meeting_id", "81234567890", "string", "number 81234567890.0"),
    ("meetingID", float("inf"), "meeting_id", None, "string", "number Infinity"),
    ("isSendEmail", "True", "send_email", True, "boolean", 'string "True"'),
    ("isSendEmail", "false", "send_email", False, "boolean", 'string "false"'),
    ("isSendEmail", 1, "send_email", True, "boolean", "integer 1"),
    ("isSendEmail", 0, "send_email", False, "boolean", "integer 0"),
    ("isSendEmail", "yes", "send_email", None, "boolean", 'string "yes"'),
    ("isSendEmail", [], "send_email", None, "boolean", "array"),
    ("meetingDuration", "90", "duration", timedelta(minutes=90), AS_INTEGER, 'string "90"'),
    ("meetingDuration", 90.5, "duration", None, AS_INTEGER, "number 90.5"),
    ("meetingDuration", True, "duration", None, AS_INTEGER, "boolean true"),
    ("meetingDuration", 2**31, "duration", timedelta(minutes=2**31), AS_INTEGER, "integer 2147483648"),
    ("meetingDuration", -(2**31) - 1, "duration", timedelta(minutes=-(2**31) - 1), AS_INTEGER, "integer -2147483649"),
    ("meetingDuration", 10**18, "duration", None, AS_INTEGER, "integer 1000000000000000000"),
    ("meetingDuration", "x", "duration", None, AS_INTEGER, 'string "x"'),
    ("recordType", 3, "record_type", 3, "one of 0, 1, 2", "integer 3"),
    ("recordType", "1", "record_type", RecordType.CLOUD, "one of 0, 1, 2", 'string "1"'),
    ("startDate", "", "start", None, AS_TIME, 'string ""'),
    ("startDate", "2027-01-18T10:00:00", "start", TEN, AS_TIME, 'string "2027-01-18T10:00:00"'),
    ("startDate", " 2027-01-18T10:00:00+08:00 ", "start", TEN, AS_TIME, 'string " 2027-01-18T10:00:00+08:00 "'),
    ("startDate", "2027-01-18", "start", datetime(2027, 1, 18, tzinfo=SINGAPORE), AS_TIME, 'string "2027-01-18"'),
    ("startDate", "0001-01-01T00:00:00", "start", None, AS_TIME, 'string "0001-01-01T00:00:00"'),
    # Legal, but Python has no leap seconds.
    ("startDate", "2027-06-30T23:59:60Z", "start", None, AS_TIME, 'string "2027-06-30T23:59:60Z"'),
    ("startDate", "tomorrow", "start", None, AS_TIME, 'string "tomorrow"'),
    ("startDate", 1800000000, "start", None, AS_TIME, "integer 1800000000"),
    ("meetingPassword", 123456, "password", "123456", "string", "integer"),
    ("hostKey", None, "host_key", None, "string", "null"),
    ("hostKey", 12345, "host_key", "12345", "string", "integer"),
    ("joinUrl", [f"https://x?pwd={URL_PASSWORD}"], "join_url", None, "string", "array"),
    ("joinUrl", False, "join_url", None, "string", "boolean"),
    ("alternativeHosts", "x" * 99, "alternative_hosts", "x" * 99, "", ""),
    ("alternativeHosts", 10**99, "alternative_hosts", f"1{'0' * 99}", "string", f"integer 1{'0' * 59}"),
]  # fmt: skip
QUOTED = json.dumps(BODY.decode()).encode()
ENVELOPE = b'{"status":"success","data":' + BODY + b"}"


@pytest.mark.parametrize(("name", "value", "field", "expected", "wanted", "got"), STRAYING)
def test_a_value_that_strays(name: str, value: Any, field: str, expected: Any, wanted: str, got: str) -> None:
    meeting = valued(**{name: value})
    assert getattr(meeting, field) == expected
    assert meeting.deviations == ((Deviation(f"/{name}", wanted, got),) if wanted else ())
    assert meeting.raw == {name: value}


def test_a_deviation_quotes_a_long_value_in_part() -> None:
    (deviation,) = valued(id="x" * 500).deviations
    assert deviation.got == 'string "' + "x" * 59


@pytest.mark.parametrize(
    ("body", "status", "headers", "fault", "expected", "got"),
    [
        (BODY, 200, JSON, None, "status 201", "status 200"),
        (BODY, 201, {}, None, "content type application/json", "no content type"),
        (BODY, 201, {"content-type": "Text/HTML; x"}, None, "content type application/json", "text/html"),
        (BODY, 201, {"content-type": "x" * 99}, None, "content type application/json", "x" * 60),
        (BODY, 201, JSON, "it broke", "a complete body", "it broke"),
        (b"\xef\xbb\xbf" + BODY, 201, JSON, None, "a JSON object in UTF-8", "one that had to be decoded first"),
        (BODY.decode().encode("utf-32"), 201, JSON, None, "a JSON object in UTF-8", "one that had to be decoded first"),
        (QUOTED, 201, JSON, None, "a JSON object in UTF-8", "one that had to be decoded first"),
        (b'{"d":{"d":[' + BODY + b"]}}", 201, JSON, None, "a meeting", "an envelope with the meeting at /d/d/0"),
        (b"[" + BODY + b"]", 201, JSON, None, "a meeting", "an envelope with the meeting at /0"),
        (ENVELOPE, 201, JSON, None, "a meeting", "an envelope with the meeting at /data"),
    ],
)  # fmt: skip
def test_what_strays_around_a_meeting(
    body: bytes, status: int, headers: dict[str, str], fault: str | None, expected: str, got: str
) -> None:
    meeting = meeting_of(body, status, headers, fault)
    assert meeting == meeting_of(BODY)
    assert meeting.deviations == (Deviation("", expected, got),)


def test_an_answer_is_shown_without_its_content() -> None:
    assert repr(Response(201, JSON, BODY[:9])) == "Response(status=201, 9 bytes)"
    assert repr(Response(201, JSON, b"", "it broke")) == "Response(status=201, 0 bytes, not whole)"


def test_a_property_that_the_contract_has_lost_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RESPONSE["properties"], "userName")
    assert valued(id=MEETING_ID, userName="x").user_name == "x"
    assert valued(id=MEETING_ID, userName=5).deviations == (Deviation("/userName", "any value", "integer 5"),)


@pytest.mark.parametrize("kind", ["application/json", "text/json", "text/plain; charset=utf-8", " APPLICATION/JSON "])
def test_the_contract_has_three_content_types(kind: str) -> None:
    assert meeting_of(b"  \r\n" + BODY, headers={"content-type": kind}).deviations == ()


def test_a_property_named_data_beside_an_id_is_no_envelope() -> None:
    assert str(valued(id=MEETING_ID, data={"name": "x"}).id) == MEETING_ID
    assert valued(joinUrl="https://x", data={"id": MEETING_ID}).id is None
    assert valued(name="x", data={"name": "y"}).name == "x"
    assert valued(name="x", data=[{"id": MEETING_ID}]).id == UUID(MEETING_ID)
    assert valued(name="x", data=[{"id": MEETING_ID}, {"id": MEETING_ID}]).name == "x"


@pytest.mark.parametrize("value", [{}, {"x": 1}, [], [1], None, "{}", {"data": 5}])
def test_what_is_no_meeting(value: Any) -> None:
    assert read(Response(201, JSON, json.dumps(value).encode())) is None


def test_a_meeting_under_other_names_is_not_read() -> None:
    assert read(Response(201, JSON, json.dumps({"ID": MEETING_ID, "join_url": "x"}).encode())) is None


def compressed(data: bytes, wbits: int) -> bytes:
    """Bytes as gzip (31) or zlib (15) write them."""
    compressor = zlib.compressobj(wbits=wbits)
    return compressor.compress(data) + compressor.flush()


class TestText:
    """A body as text."""

    @pytest.mark.parametrize(
        ("body", "label", "text"),
        [
            ("Zoë".encode(), "text/plain; charset=latin-1", "Zoë"),
            ("Zoë".encode("latin-1"), "text/plain; charset=latin-1", "Zoë"),
            ("Zoë".encode("latin-1"), 'text/plain; Charset="ISO-8859-1"', "Zoë"),
            ("Zoë".encode("latin-1"), "text/plain", "Zo�"),
            ("Zoë".encode("latin-1"), "text/plain; charset=utf-8", "Zo�"),
            ("Zoë".encode("latin-1"), "text/plain; charset=klingon", "Zo�"),
            ("Zoë".encode("latin-1"), "text/plain; charset=hex", "Zo�"),
            (b"\\u005a\xeb", "text/plain; charset=unicode_escape", "\\u005a�"),
            ("冬".encode("big5"), "text/plain; charset=big5", "冬"),
            ('"Zoë"'.encode("utf-16"), "", '"Zoë"'),
            ('"Zoë"'.encode("utf-16-be"), "", '"Zoë"'),
            (b"\xef\xbb\xbfx", "", "x"),
            (b"", "", ""),
        ],
    )
    def test_encoding(self, body: bytes, label: str, text: str) -> None:
        assert Response(400, {"content-type": label}, body).text == text

    @pytest.mark.parametrize("wbits", [31, 15])
    def test_compression(self, wbits: int) -> None:
        data = compressed(BODY, wbits)
        assert Response(201, {"content-encoding": "gzip"}, data).text == BODY.decode()
        assert BODY.decode().startswith(Response(201, {"content-encoding": "gzip"}, data[:300]).text[:50])
        assert Response(201, {}, data).text != BODY.decode()

    def test_compression_ends_at_the_longest_body(self) -> None:
        bomb = compressed(b"x" * (MAX_BODY + 9), 31)
        assert len(Response(201, {"content-encoding": "gzip"}, bomb).text) == MAX_BODY

    def test_a_codec_that_takes_for_ever_is_not_used(self) -> None:
        began = time.process_time()
        for codec in ("punycode", "idna"):
            assert Response(400, {"content-type": f"x; charset={codec}"}, b"\xff" + b"a-" * 2**17).text
        assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":1}', {"a": 1}),
        ('"{\\"a\\":1}"', {"a": 1}),
        ('" {\\"a\\":1}"', {"a": 1}),
        ('"{"', None),
        ('"text"', "text"),
        ("[1]", [1]),
        ("", None),
        ("text", None),
        ("[" * 100_000, None),
        ('"' + "[" * 100_000 + '"', "[" * 100_000),
        ("9" * 5000, None),
    ],
)
def test_json(text: str, value: Any) -> None:
    assert parsed(text) == value


class TestSalvage:
    """What is left of a meeting in a body that is not whole."""

    def salvage(self, body: bytes, fault: str | None = None) -> Meeting | None:
        return salvaged(Response(201, JSON, body, fault))

    def test_every_length(self) -> None:
        whole = meeting_of(BODY)
        names = list(MEETING)
        for length in range(len(BODY)):
            found = self.salvage(BODY[:length])
            count = len(found.raw) if found else 0
            assert found is None or found.raw == {name: MEETING[name] for name in names[:count]}
            assert BODY[:length].count(b'":') - count in (0, 1)
            if length >= len('{"id":"') + 36:
                assert found is not None
                assert found.id == whole.id

    def test_the_reason_is_told(self) -> None:
        cut, broken = self.salvage(BODY[:99]), self.salvage(BODY[:99], "it broke")
        assert cut is not None
        assert broken is not None
        assert cut.deviations == (Deviation("", "a meeting", "text that is not JSON"),)
        assert broken.deviations == (Deviation("", "a meeting", "it broke"),)

    def test_a_number_at_the_end_may_have_been_longer(self) -> None:
        assert self.salvage(b'{"name":"x","meetingDuration":9') == Meeting(name="x")

    def test_what_is_damaged_is_left_out(self) -> None:
        body = b'{"name":"x\ny","meetingID" : "81","hostKey":nope,"isSendEmail":true,"isSendEmail":false,"other":1}'
        assert self.salvage(body) == Meeting(meeting_id="81", send_email=True)

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b'{"other":1,}', b'"id"', b'{"id":"6f1c2b7a-4e0d', b"\xff\xfe\x00"]
    )
    def test_nothing_to_find(self, body: bytes) -> None:
        assert self.salvage(body) is None

    def test_an_id_that_is_one_is_preferred(self) -> None:
        found = self.salvage(b'{"id":"x","data":{"id" : "' + MEETING_ID.encode() + b'","cut')
        assert found == Meeting(id=UUID(MEETING_ID))

    def test_an_envelope_too(self) -> None:
        found = self.salvage(b'{"status":"success","data":' + BODY[:200])
        assert found is not None
        assert str(found.id) == MEETING_ID

    def test_a_hostile_body_does_not_take_long(self) -> None:
        began = time.process_time()
        for piece in (b'{"id":', b'"id":[', b'"id":"', b'"id"' + b" " * 50, b'{"id":{"name":'):
            self.salvage(piece * (MAX_BODY // len(piece)))
        assert time.process_time() - began < 5
        assert self.salvage(b" " * LONGEST_SALVAGE + BODY[:99]) is None

    def test_a_web_page_holds_no_meeting(self) -> None:
        assert self.salvage(b"<html><script>x = " + BODY + b"</script>") is None

    def test_nested_values_are_left_out(self) -> None:
        found = self.salvage(b'{"name":{"topic":"x"},"email":["y"],"hostKey":"1",')
        assert found is not None
        assert found.raw == {"topic": "x", "hostKey": "1"}


SENT = {"moduleID": MEETING["moduleID"], "name": "Zoë & Co", "startDate": "2027-01-18T10:00:00+08:00", "duration": 90}


def compared(sent: dict[str, Any] = SENT, **properties: Any) -> tuple[Deviation, ...]:
    """Where a meeting of these properties is not what was sent."""
    return mismatches(valued(id=MEETING_ID, **properties), sent)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        SENT,
        {"moduleID": str(SENT["moduleID"]).upper()},
        {"moduleID": f"{{{SENT['moduleID']}}}"},
        {"moduleID": "00000000-0000-0000-0000-000000000000", "name": "", "startDate": "0001-01-01T00:00:00"},
        {"moduleID": "x", "name": ["x"], "startDate": "soon"},
        {"moduleID": None, "name": None, "startDate": None},
        {"name": "Zoe\u0308 & Co"},
        {"startDate": "2027-01-18T02:00:00Z"},
        {"startDate": "2027-01-18t02:00:00.0000000z"},
        {"startDate": "2027-01-18T12:00+10:00"},
        {"startDate": "2027-01-18T10:00:59.9+08:00"},
        {"startDate": "2027-01-18T10:00:00"},
        {"topic": "other", "meetingDuration": 15, "isWaitingRoom": True},
    ],
)
def test_the_answer_to_this_request(properties: dict[str, Any]) -> None:
    assert compared(**properties) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moduleID", MEETING_ID),
        ("name", "Other"),
        ("name", "Zoé & Co"),
        ("name", "Zo"),
        ("name", "Zoë & Co 2"),
        ("startDate", "2027-01-25T10:00:00+08:00"),
        ("startDate", "2027-01-18T10:01:00+08:00"),
        ("startDate", "2027-01-18T18:00:00+08:00"),
        ("startDate", "2027-01-18T11:00:00"),
    ],
)
def test_the_answer_to_another_request(name: str, value: str) -> None:
    deviation = Deviation(f"/{name}", f"the request's {json.dumps(SENT[name])}", f"string {json.dumps(value)}")
    assert compared(**{**SENT, name: value}) == (deviation, FOREIGN)


def test_everything_is_another_s() -> None:
    found = compared(moduleID=MEETING_ID, name="Other", startDate="2027-01-25T10:00:00+08:00")
    assert [deviation.pointer for deviation in found] == ["/moduleID", "/name", "/startDate", ""]
    assert compared(moduleID=MEETING_ID, name="zoë & co")[-1] == FOREIGN
    assert compared({**SENT, "startDate": "2027-01-25t02:00:00z"}, **SENT)[-1] == FOREIGN


LONG = "Reading group on the history of timetables, part "


@pytest.mark.parametrize(
    ("name", "asked", "value"),
    [
        ("name", "Zoë & Co", "Zoë &amp; Co"),
        ("name", " Zoë  & Co ", "Zoë & Co"),
        ("name", "Zoë & Co", "zoë & co"),
        ("name", "Zoë & Co", "Zo? & Co"),
        ("name", "Zoë & Co", "Zo & Co"),
        ("name", "Zoë & Co", "Zo\ufffd & Co"),
        ("name", "Zoë & Co", "Zoë &amp;amp; Co"),
        ("name", "Ann’s – class\u200f", "Ann's - class"),
        ("name", "\u2764\ufe0f it's", "\u2764 it''s"),
        ("name", "冬", "?"),
        ("name", f"{LONG} 1", f"{LONG} "),
        ("name", f"{LONG} 1", f"{LONG}..."),
        ("startDate", "2027-01-18T10:00:00+08:00", "2027-01-18T10:00:00Z"),
        ("startDate", "2027-01-18T02:00:00+00:00", "2027-01-18T10:00:00Z"),
        ("startDate", "2027-01-18T10:00:00+08:00", "2027-01-18T02:00:00"),
        ("startDate", "2027-01-18T10:00:00+08:00", "2027-01-18T02:00:00+08:00"),
    ],
)
def test_a_value_that_the_server_altered(name: str, asked: str, value: str) -> None:
    found = compared({**SENT, name: asked}, **{name: value})
    assert [deviation.pointer for deviation in found] == [f"/{name}"]


@pytest.mark.parametrize(
    ("asked", "value"),
    [("Tutorial 10", "Tutorial 1"), ("冬", "夏"), ("冬 1", "夏 1"), ("C", "C++"), ("冬", "x"), ("冬 1", "? 2")],
)
def test_a_name_that_is_alike_is_another(asked: str, value: str) -> None:
    assert compared({**SENT, "name": asked}, name=value)[-1] == FOREIGN


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"moduleID": None, "name": 5, "startDate": ["x"]},
        {"moduleID": "x", "startDate": "x"},
        {"startDate": "2027-01-25T10:00:00"},
        {"startDate": "9999-12-31T23:59:59-23:59"},
    ],
)
def test_what_was_asked_for_and_cannot_be_read_is_not_compared(sent: dict[str, Any]) -> None:
    assert compared(sent, **SENT) == ()


def test_a_mismatch_shows_no_secret_and_is_short() -> None:
    secret = f"https://x?pwd={URL_PASSWORD}"
    found = compared({"name": f"\ud800{secret}"}, name=f"{secret}{'x' * 200}")
    assert URL_PASSWORD not in repr(found)
    assert all(len(deviation.expected) + len(deviation.got) < 200 for deviation in found)

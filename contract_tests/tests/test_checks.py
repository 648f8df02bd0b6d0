"""Checks that need time, several answers or a compressed one, each by itself."""

import base64
import gzip
import zlib
from dataclasses import replace

import pytest

from luminus_zoom_contract.cases.case import Case, Credentials
from luminus_zoom_contract.checks import add_meeting
from luminus_zoom_contract.checks.protocol import ProtocolChecks, encoding_fault
from luminus_zoom_contract.run.latency import Pace, machine_is_busy
from luminus_zoom_contract.run.session import clauses_for, profile_of
from luminus_zoom_contract.run.transport import HttpAnswer, HttpRequest
from luminus_zoom_contract.spec.clauses import GATEWAY_KEY
from luminus_zoom_contract.spec.document import Contract, NotJson, decoded

KEY = "4f1c9e07a2b84d63b5d0c8e91f37a6b2"
CASE = Case(
    "status.201",
    "a case",
    HttpRequest("POST", "/zoom/Meeting", (("Accept-Encoding", "gzip"),), b"{}"),
    frozenset({201}),
)


OPERATION = Contract.load().operations["addMeeting"]


def _checks() -> ProtocolChecks:
    return ProtocolChecks(OPERATION, clauses_for(OPERATION, profile_of(OPERATION)), Credentials(KEY))


def _answer(body: bytes = b"{}", *, status: int = 201, seconds: float = 0.0, **headers: str) -> HttpAnswer:
    return HttpAnswer(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), body, seconds)


@pytest.mark.parametrize(
    ("dates", "fault"),
    [
        (("10:00:00.12", "10:00:00.13", "10:00:01.5"), None),
        (("10:00:00", "10:00:00", "10:00:01"), None),
        (("10:00:00.12", "10:00:00.12", "10:00:00.12"), "is that of a meeting made"),
        (("10:00:00", "10:00:00", "10:00:00"), "is that of a meeting made"),
        (("10:00:00", "10:00:30", "10:00:01"), "off what the dates before it make of the clock"),
    ],
)
def test_created_date_goes_on_with_the_time(
    dates: tuple[str, ...], fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter((100.0, 100.1, 101.6))
    monkeypatch.setattr("luminus_zoom_contract.checks.add_meeting.time.monotonic", lambda: next(now))
    checked = add_meeting._Meetings()
    said = [
        message
        for date in dates
        for _, message in checked.created({"createdDate": f"2035-01-18T{date}+08:00"}, 0.01)
        if message
    ]
    assert len(said) == (0 if fault is None else 1)
    assert all(str(fault) in message for message in said)


def test_passwords_are_made_anew() -> None:
    checked = add_meeting._Meetings()
    checks = [
        message
        for number in range(20)
        for _, message in checked.passwords({"name": f"lecture {number}", "meetingPassword": f"p{number % 2}"})
    ]
    assert checks == ["20 meetings have 2 different meetingPasswords"]
    again = [message for _ in range(3) for _, message in checked.passwords({"name": "same", "meetingPassword": "x"})]
    assert again == ["3 meetings with one name have one meetingPassword"]


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_answer_is_read(encoding: str, pack: object) -> None:
    packed = _answer(pack(b'{"id":1}'), content_encoding=encoding)  # type: ignore[operator]
    assert packed.unpacked().body == b'{"id":1}'
    assert (encoding_fault(CASE, packed) is None) is (encoding == "gzip"), "only gzip was asked for"
    assert encoding_fault(CASE, _answer(b"{}", content_encoding="gzip")) == "labelled as gzip and is not"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Access denied due to invalid subscription key.", False),
        (f"the key {KEY} is not known", True),
        (f"a right key begins with {KEY[:8]}", True),
        (f"it ends with {KEY[-8:]}", True),
    ],
)
def test_a_part_of_a_key_is_a_secret_too(said: str, told: bool) -> None:
    checked = _checks()
    faults = dict(checked.check(CASE, _answer(said.encode(), status=401, content_type="text/plain"), NotJson("")))
    assert bool(faults["answer.no-secrets"]) is told
    assert GATEWAY_KEY not in str(faults["answer.no-secrets"])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("duration: must be at least 15", False),
        ("I do not like your name.", False),
        ("at LumiNUS.Zoom.Create(Meeting m)", True),
        ("TypeError: undefined\n    at create (/app/index.js:12:3)", True),
        ("no answer from 10.0.0.4:8080", True),
        ("mongodb://zoom:synthetic@db/zoom", True),
    ],
)
def test_an_error_tells_nothing_of_the_inside(said: str, told: bool) -> None:
    checked = _checks()
    checks = list(checked.check(CASE, _answer(said.encode(), status=400, content_type="text/plain"), NotJson("")))
    assert any(message for name, message in checks if name == "error.no-internals") is told


def test_a_header_may_tell_of_the_inside_too() -> None:
    checked = _checks()
    answer = _answer(b"no", status=400, content_type="text/plain", x_exception="System.FormatException")
    assert "the header x-exception leaks internal details" in [
        said for _, said in checked.check(CASE, answer, NotJson(""))
    ]


@pytest.mark.parametrize(
    ("status", "name", "value", "clause"),
    [
        (201, "date", "23/11/2026 09:15:46", "headers.well-formed"),
        (201, "location", "/zoom/Meeting/{id}", "headers.well-formed"),
        (201, "content-type", "application/json; charset=utf-8; charset=utf-16", "headers.well-formed"),
        (201, "content-type", "json", "headers.well-formed"),
        (429, "retry-after", "tomorrow", "headers.well-formed"),
        (201, "transfer-encoding", "chunked", "headers.well-formed"),
        (400, "location", "/zoom/Meeting/1", "headers.meaningful"),
        (201, "retry-after", "1", "headers.meaningful"),
        (400, "cache-control", "public, max-age=3600", "headers.error.not-kept"),
        (201, "x-user", base64.b64encode(KEY.encode()).decode(), "answer.no-secrets"),
        (201, "x-user", KEY.encode().hex(), "answer.no-secrets"),
        (201, "x-debug", "INSERT INTO dbo.ZoomMeeting VALUES (@p0)", "error.no-internals"),
        (201, "date", "Mon, 23 Nov 2026 09:15:46 GMT", ""),
        (201, "content-type", 'application/json;charset="utf-8"', ""),
        (201, "location", "/zoom/Meeting/1?a=%20#b", ""),
        (503, "retry-after", "Mon, 23 Nov 2026 09:15:46 GMT", ""),
        (400, "cache-control", "no-cache, max-age=0", ""),
        (400, "cache-control", "no-store, public, max-age=9", ""),
        (201, "server", "Microsoft-IIS/10.0", ""),
        (201, "x-powered-by", "ASP.NET", ""),
    ],
)
def test_a_header_is_written_well_and_says_something(status: int, name: str, value: str, clause: str) -> None:
    fixed = {"content_type": "application/json", "cache_control": "no-store", "content_length": "2"}
    answer = _answer(b"{}", status=status, **{**fixed, name.replace("-", "_"): value})
    checks = _checks().check(CASE, answer, {})
    watched = {"headers.well-formed", "headers.meaningful", "headers.error.not-kept", "error.no-internals"}
    assert {name for name, fault in checks if fault and name in {*watched, "answer.no-secrets"}} == {clause} - {""}


def test_a_host_key_that_follows_from_the_number_is_noticed_and_chance_is_not() -> None:
    def faults(keys: list[str]) -> list[str]:
        checked = add_meeting._Meetings()
        meetings = [{"hostKey": key, "meetingID": "98765432101"} for key in keys]
        return [fault for meeting in meetings for _, fault in checked.passwords(meeting) if fault]

    assert faults(["432101"] * 2 + ["111111"] * 20) == []
    assert faults(["432101"] * 3) == ["hostKey is a part of meetingID, in 3 meetings"]


def test_a_password_in_an_address_that_was_another_meetings_is_noticed() -> None:
    checked = add_meeting._Meetings()
    urls = [f"https://zoom.us/j/{number}?pwd={pwd}" for number, pwd in enumerate(["a" * 20, "b" * 20, "a" * 20, "c"])]
    faults = [fault for url in urls for _, fault in checked.passwords({"joinUrl": url})]
    assert faults == ["joinUrl has the pwd of an earlier meeting"]


def _quiet() -> bool:
    return False


def _learnt(usual: float) -> Pace:
    pace = Pace()
    for _ in range(20):
        assert pace.note(usual, _quiet, created=True) is None
    return pace


def test_slow_is_what_takes_much_longer_than_most() -> None:
    assert Pace().is_slow(0.3, 0), "nothing is known yet"
    pace = _learnt(0.1)
    assert not pace.is_slow(0.4, 0)
    assert pace.is_slow(0.9, 0)
    assert not pace.is_slow(0.9, 500_000)


@pytest.mark.parametrize(
    ("usual", "beside", "slow"),
    [
        (0.01, [(0.01, 0.9), (0.01, 0.9)], True),
        (0.01, [(0.01, 0.9), (0.01, 0.01)], False),
        (0.01, [(0.3, 0.9), (0.3, 0.9)], False),
        (0.01, [(0.01, 0.1), (0.01, 0.1)], False),
        (0.0, [(1.5, 1.5), (1.5, 1.5)], True),
        (0.0, [(0.5, 1.5), (0.5, 1.5)], False),
    ],
)
@pytest.mark.parametrize("busy", [True, False])
def test_a_slow_answer_counts_if_it_comes_again_beside_a_quick_one(
    usual: float, beside: list[tuple[float, float]], slow: bool, busy: bool
) -> None:
    """Before anything is known of the server, all answers have to take more than a second."""
    pace = _learnt(usual) if usual else Pace()
    times = iter(beside)
    fault = pace.slow_fault(0.9, 0, lambda: next(times), lambda: busy, known=False)
    assert (fault is not None) is slow
    assert pace.unmeasured == (busy and not slow)


@pytest.mark.parametrize("busy", [True, False])
def test_what_is_slow_only_at_times_counts_where_the_machine_has_nothing_else_to_do(busy: bool) -> None:
    pace = _learnt(0.01)
    faults = [pace.slow_fault(0.9, 0, lambda: (0.01, 0.01), lambda: busy, known=False) for _ in range(3)]
    assert faults[:2] == [None, None]
    assert (faults[2] is None) is busy
    assert pace.unmeasured == 3 * busy


@pytest.mark.parametrize("busy", [True, False])
def test_a_server_that_gets_slower_is_noticed(busy: bool) -> None:
    pace = Pace()
    faults = [fault for n in range(100) if (fault := pace.note(0.001 * n, lambda: busy, created=True))]
    words = [
        "answers take 0.062 s by now, the first took 0.012 s",
        "answers take 0.087 s by now, the first took 0.012 s",
    ]
    assert faults == ([] if busy else words)
    assert pace.unmeasured == 2 * busy


@pytest.mark.parametrize(("took", "busy"), [(0.03, False), (0.04, False), (0.06, True)])
def test_a_machine_is_busy_when_work_takes_longer_than_its_cpu_time(took: float, busy: bool) -> None:
    worked, passed = iter([0.0, 0.01, 0.02, 0.03]), iter([5.0, 5.0 + took])
    assert machine_is_busy(lambda: next(worked), lambda: next(passed)) is busy


def _told_internals(said: str, status: int = 400) -> list[str]:
    answer = _answer(said.encode(), status=status, content_type="application/json")
    checked = _checks().check(CASE, answer, decoded(answer.body))
    return [message for clause, message in checked if clause == "error.no-internals" and message]


@pytest.mark.parametrize(
    "said",
    [
        "The JSON value could not be converted to System.Int32. Path: $.a | LineNumber: 0 | BytePositionInLine: 1.",
        "The JSON value could not be converted to System.Guid.",
        "The JSON value could not be converted to System.Nullable\\u00601[System.DateTimeOffset]. Path: $ | L",
        "The JSON value could not be converted to System.Nullable`1[System.Boolean]. Path: $.access | LineNumber: 0",
        "'x' is an invalid start of a value. Path: $.name | LineNumber: 1 | BytePositionInLine: 7.",
        "Error converting value \\u0022x\\u0022 to type \\u0027System.Guid\\u0027. Path \\u0027id\\u0027, line 2.",
        "Cannot deserialize the current JSON array (e.g. [1,2,3]) into type 'System.Int32' because the type requires",
    ],
)
def test_a_stock_json_reader_leaks_nothing(said: str) -> None:
    assert _told_internals(f'{{"errors":{{"$.duration":["{said}"]}}}}') == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("System.InvalidOperationException: Sequence contains no elements", 400),
        (
            "The JSON value could not be converted to System.Int32. at System.Text.ThrowHelper.Throw(String it)",
            400,
        ),
        ("The JSON value could not be converted to System.Int32. Path: $.upstream | LineNumber: 0", 500),
        ("Error converting value 1 to type 'System.Guid': see C:\\\\src\\\\Meetings.cs:line 7", 400),
    ],
)
def test_what_is_said_beside_the_reader_is_still_looked_at(said: str, status: int) -> None:
    assert _told_internals(f'"{said}"', status) != []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('{ "statusCode": 404, "message": "Resource not found" }', None),
        ('{"statusCode":404,"message":"Resource not found"}', None),
        ('{"message":"Resource not found",\n"statusCode":404}', None),
        ('{"statusCode":404,"message":"Not found"}', "words"),
        ('{"statusCode":"404","message":"Resource not found"}', "statusCode says"),
        ('{"statusCode":401,"message":"Resource not found"}', "statusCode says"),
        ('{"error":{"statusCode":404,"message":"Resource not found"}}', "shape"),
        ('"Resource not found"', "shape"),
        ("Resource not found", "shape"),
    ],
)
def test_the_gateway_is_known_by_its_words_and_its_shape(body: str, fault: str | None) -> None:
    answer = _answer(body.encode(), status=404, content_type="application/json")
    case = replace(CASE, scene="unmatched", expect=frozenset({404}))
    said = dict(_checks().check(case, answer, decoded(answer.body)))["gateway.404.body"]
    assert said is None if fault is None else fault in str(said)

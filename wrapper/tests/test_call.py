"""What becomes of an attempt: returned, raised or tried again, by the core alone, with a clock that the test sets."""

import json
import logging
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from luminus_zoom import Event, Meeting, Outcome, errors
from luminus_zoom._call import LOOK_FIRST, Call, Failure, Policy, Send, Wait
from luminus_zoom._request import prepare
from luminus_zoom._response import Response
from wrapper.tests.calls import ARGUMENTS, BODY, KEY, MEETING_ID, TOKEN
from wrapper.tests.rehearsal import Rehearsal

JSON = {"content-type": "application/json"}
CREATED = Response(201, JSON, BODY)
REFUSED = Failure("refused", sent=False)
LOST = Failure("lost", sent=True)


def rate(*headers: tuple[str, str], message: str = "Rate limit is exceeded.") -> Response:
    """The gateway's own 429."""
    return Response(429, dict(headers), json.dumps({"statusCode": 429, "message": message}).encode())


@pytest.fixture(autouse=True)
def _mean_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("luminus_zoom._call.random", SimpleNamespace(uniform=lambda low, high: (low + high) / 2))


def test_a_meeting_is_returned() -> None:
    run = Rehearsal(CREATED, timeout=7, deadline=9)
    assert isinstance(run.result, Meeting)
    assert run.steps == [Send(7, 9)]
    assert run.events == [Event("created", 1, 0, 201)]


def test_what_was_never_sent_is_tried_again() -> None:
    run = Rehearsal(REFUSED, REFUSED, CREATED, seconds=2, timeout=60, deadline=30)
    assert isinstance(run.result, Meeting)
    assert run.steps == [Send(60, 30), Wait(0.375), Send(60, 27.625), Wait(0.75), Send(60, 24.875)]
    not_sent: dict[str, Any] = {"outcome": Outcome.NOT_SENT, "error": "ZoomConnectionError"}
    assert run.events == [
        Event("retrying", 1, 2, None, wait=0.375, **not_sent),
        Event("retrying", 2, 4.375, None, wait=0.75, **not_sent),
        Event("created", 3, 7.125, 201),
    ]


def test_retries_end() -> None:
    run = Rehearsal(REFUSED, REFUSED, REFUSED, seconds=1)
    assert len(run.steps) == 5
    assert run.error.attempts == 3
    assert run.error.elapsed == 4.125
    assert run.events[-1] == Event("failed", 3, 4.125, None, Outcome.NOT_SENT, "ZoomConnectionError")


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_retries_can_be_counted(retries: int) -> None:
    assert Rehearsal(*[REFUSED] * 9, retries=retries, deadline=86_400).error.attempts == retries + 1


def test_what_may_have_been_sent_is_not_tried_again() -> None:
    for result in (LOST, Failure("late", sent=True, timeout=True), Response(503, {"retry-after": "0"}, b"")):
        run = Rehearsal(result, CREATED)
        assert run.error.outcome is Outcome.UNKNOWN
        assert not run.error.retryable
        assert len(run.steps) == 1


@pytest.mark.parametrize("header", ["0", "7", "29"])
def test_the_gateway_s_rate_limit_is_waited_for(header: str) -> None:
    run = Rehearsal(rate(("retry-after", header)), CREATED, deadline=30)
    assert isinstance(run.result, Meeting)
    assert run.waits == [int(header) + 0.125]
    retrying = run.events[0]
    assert (retrying.name, retrying.status, retrying.error) == ("retrying", 429, "RateLimitError")


@pytest.mark.parametrize("header", ["30", "3600", "9" * 7])
def test_a_wait_beyond_the_deadline_raises_at_once(header: str) -> None:
    run = Rehearsal(rate(("retry-after", header)), CREATED, deadline=30)
    assert run.waits == []
    assert run.error.retry_after == timedelta(seconds=int(header))
    assert run.error.retryable


def test_the_deadline_counts_what_has_passed() -> None:
    assert Rehearsal(REFUSED, CREATED, seconds=9.5, deadline=10).waits == [0.375]
    assert Rehearsal(REFUSED, CREATED, seconds=9.625, deadline=10).waits == []


def test_a_rate_limit_without_a_time_is_waited_for_as_a_failure() -> None:
    assert Rehearsal(rate(), rate(), CREATED).waits == [0.375, 0.75]


@pytest.mark.parametrize(
    "answer",
    [
        Response(429, {"retry-after": "0"}, b""),
        Response(429, {}, b'{"code":429,"message":"x"}'),
        Response(429, {"x-powered-by": "ASP.NET"}, b'{"statusCode":429,"message":"x"}'),
        Response(429, {}, b'{"statusCode":429,"message":"daily rate limit"}'),
        Response(403, {"retry-after": "0"}, b'{"statusCode":403,"message":"Out of call volume quota."}'),
        Response(200, {"retry-after": "0"}, b'{"statusCode":429,"message":"x"}'),
    ],
)
def test_no_other_limit_is_waited_for(answer: Response) -> None:
    run = Rehearsal(answer, CREATED)
    assert isinstance(run.error, errors.RateLimitError | errors.InBandFailureError)
    assert not run.error.retryable
    assert run.error.outcome is Outcome.REJECTED
    assert len(run.steps) == 1


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        (199, errors.UnexpectedStatusError, Outcome.UNKNOWN),
        (200, errors.UnreadableMeetingError, Outcome.UNKNOWN),
        (299, errors.UnreadableMeetingError, Outcome.UNKNOWN),
        (300, errors.UnexpectedStatusError, Outcome.UNKNOWN),
        (399, errors.UnexpectedStatusError, Outcome.UNKNOWN),
        (400, errors.BadRequestError, Outcome.REJECTED),
        (402, errors.RejectedError, Outcome.REJECTED),
        (499, errors.RejectedError, Outcome.REJECTED),
        (500, errors.ServerError, Outcome.UNKNOWN),
        (599, errors.ServerError, Outcome.UNKNOWN),
        (600, errors.UnexpectedStatusError, Outcome.UNKNOWN),
    ],
)
def test_where_classes_and_outcomes_change(status: int, kind: type[errors.ZoomError], outcome: Outcome) -> None:
    error = Rehearsal(Response(status, {"x-a": "b"}, b"?")).error
    assert type(error) is kind
    assert error.outcome is outcome
    assert (error.status, error.headers, error.body, error.attempts) == (status, {"x-a": "b"}, b"?", 1)


@pytest.mark.parametrize(
    ("challenge", "body", "kind"),
    [
        ('AzureApiManagementKey realm="x"', b"", errors.InvalidSubscriptionKeyError),
        ("", b'{"message":"Access denied due to missing Subscription Key."}', errors.InvalidSubscriptionKeyError),
        ("", b"", errors.InvalidTokenError),
        ('Bearer error="invalid_token"', b"", errors.InvalidTokenError),
        ("", b'{"statusCode":401,"message":"JWT not present."}', errors.InvalidTokenError),
    ],
)
def test_which_credential_a_401_means(challenge: str, body: bytes, kind: type[errors.ZoomError]) -> None:
    assert type(Rehearsal(Response(401, {"www-authenticate": challenge}, body)).error) is kind
    if not challenge:
        assert type(Rehearsal(Response(401, {}, body)).error) is kind


def test_a_failure_is_a_timeout_or_not() -> None:
    assert type(Rehearsal(LOST).error) is errors.ZoomConnectionError
    assert type(Rehearsal(Failure("x", sent=True, timeout=True)).error) is errors.ZoomTimeoutError


def test_a_call_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "luminus_zoom")
    Rehearsal(CREATED)
    assert caplog.messages == [
        "create_meeting created: status 201, no error, attempt 1, 0.000 s",
        "create_meeting request: POST https://luminus.invalid/Meeting, 131 bytes: moduleID, name, startDate, duration",
    ]


class TestText:
    """The words of an error."""

    @pytest.mark.parametrize(
        ("result", "text"),
        [
            (REFUSED, "No meeting was created, nothing was sent: refused. Calling again is safe."),
            (
                Failure("lost", sent=True, is_certain=False),
                f"A meeting may have been created: the request may have been sent, but lost. {LOOK_FIRST}",
            ),
            (LOST, f"A meeting may have been created: the request was sent, but lost. {LOOK_FIRST}"),
            (
                Failure("it ended.", sent=True),
                f"A meeting may have been created: the request was sent, but it ended. {LOOK_FIRST}",
            ),
            (
                Failure(f"it said {KEY} {TOKEN}", sent=False),
                "No meeting was created, nothing was sent: it said *** ***. Calling again is safe.",
            ),
            (
                Response(200, {}, b'{"code":429,"message":"daily limit"}'),
                "No meeting was created: the service answered 200, but its body tells of a failure: 'daily limit'. "
                "Zoom limits the meetings that a host creates in a day; it counts anew at 00:00 UTC.",
            ),
            (
                Response(400, {}, b"no."),
                "No meeting was created: the service answered 400 'no.'. Change the arguments.",
            ),
            (Response(415, {}, b""), "No meeting was created: the service answered 415 without a reason."),
            (
                Response(404, {}, b'{"statusCode":404,"message":"Resource not found"}'),
                "No meeting was created: the gateway answered 404 'Resource not found'. "
                "Check base_url; it ends in /zoom as a rule.",
            ),
            (
                Response(500, {}, b""),
                f"A meeting may have been created: the service answered 500 without a reason. {LOOK_FIRST}",
            ),
            (
                Response(302, {}, b""),
                "A meeting may have been created: the service answered 302 without a reason. "
                f"Check base_url; redirects are not followed. {LOOK_FIRST}",
            ),
            (
                Response(500, {}, b"daily limit"),
                "A meeting may have been created: the service answered 500 'daily limit'. Zoom limits the meetings that"
                f" a host creates in a day; it counts anew at 00:00 UTC. {LOOK_FIRST}",
            ),
            (
                Response(200, {}, b'{"code":404,"message":"gone"}'),
                "No meeting was created: the service answered 200, but its body tells of a failure: 'gone'.",
            ),
            (
                Response(201, {}, b""),
                f"A meeting may have been created (status 201), but its body is empty. {LOOK_FIRST} Nothing of it "
                "could be read.",
            ),
            (
                Response(201, {}, b"{}"),
                "A meeting may have been created (status 201), but its body does not show one. "
                f"{LOOK_FIRST} Nothing of it could be read.",
            ),
            (
                Response(202, {}, b'{"message":"Ask Ann."}'),
                "A meeting may have been created (status 202), but its body does not show one: 'Ask Ann.'. "
                f"{LOOK_FIRST} Nothing of it could be read.",
            ),
            (
                Response(200, {}, b"<html><title>Sign in</title>"),
                "A meeting may have been created (status 200), but the front end answered with 'a web page titled Sign "
                f"in'. {LOOK_FIRST} Nothing of it could be read.",
            ),
            (
                Response(403, {}, b"<html><title>Blocked</title>"),
                "No meeting was created: the front end answered 403 'a web page titled Blocked'.",
            ),
            (
                Response(200, {}, b'{"code":124,"message":"Invalid access token."}'),
                "A meeting may have been created: the service answered 200, but its body tells of a failure: "
                f"'Invalid access token.'. {LOOK_FIRST}",
            ),
            (
                Response(201, {}, b"ok", "it broke"),
                f"A meeting may have been created (status 201), but it broke. {LOOK_FIRST} Nothing of it could "
                "be read.",
            ),
            (
                Response(201, {}, b'{"id":"' + MEETING_ID.encode()),
                "A meeting was created (status 201), but its body is not a meeting. Do not call again. What could be "
                f"read is in .meeting: Meeting(id=UUID('{MEETING_ID}'), deviations=1).",
            ),
        ],
    )
    def test_text(self, result: Response | Failure, text: str) -> None:
        assert str(Rehearsal(result, retries=0).error) == text

    def test_strict_lists_the_deviations(self) -> None:
        run = Rehearsal(Response(200, JSON, b'{"recordType":3,"id":null}'), strict=True)
        assert str(run.error) == (
            "A meeting was created (it is in .meeting), but the answer breaks the contract: the answer: expected "
            "status 201, got status 200; /id: expected string as uuid, got null; /recordType: expected one of 0, 1, 2, "
            "got integer 3."
        )
        assert run.error.meeting.record_type == 3
        assert (run.error.status, run.error.headers) == (200, JSON)
        assert run.error.outcome is Outcome.UNKNOWN
        assert run.events == [Event("failed", 1, 0, 200, Outcome.UNKNOWN, "DeviationError")]

    def test_strict_is_content_with_what_conforms(self) -> None:
        assert isinstance(Rehearsal(CREATED, strict=True).result, Meeting)

    def test_every_kind_of_limit_has_its_advice(self) -> None:
        quota = Rehearsal(Response(403, {}, b'{"statusCode":403,"message":"Out of bandwidth Quota."}')).error
        assert "call volume is used up" in str(quota)
        assert "Call again later" in str(Rehearsal(Response(429, {}, b"")).error)
        assert "filters the address" in str(
            Rehearsal(Response(403, {}, b'{"statusCode":403,"message":"Forbidden"}')).error
        )
        assert "right to update" in str(Rehearsal(Response(403, {}, b"no")).error)
        assert "new bearer token" in str(Rehearsal(Response(401, {}, b"")).error)


class TestDetails:
    """What an error carries."""

    def test_what_every_error_carries(self) -> None:
        error = Rehearsal(Response(418, {"x-a": "b"}, b"teapot"), seconds=3).error
        assert type(error) is errors.RejectedError
        assert (error.status, error.headers, error.body) == (418, {"x-a": "b"}, b"teapot")
        assert (error.attempts, error.elapsed, error.retryable) == (1, 3, False)
        assert str(error.request) == (
            "POST https://luminus.invalid/Meeting, 131 bytes: moduleID, name, startDate, duration"
        )

    def test_fields_of_a_bad_request(self) -> None:
        assert Rehearsal(Response(400, {}, b'{"duration":["No."]}')).error.fields == {"duration": ("No.",)}
        assert Rehearsal(Response(400, {}, b"no")).error.fields == {}

    def test_code_of_a_failure_in_band(self) -> None:
        error = Rehearsal(Response(200, JSON, b'{"code":500,"message":"x"}')).error
        assert (error.code, error.outcome) == (500, Outcome.UNKNOWN)
        assert (error.status, error.headers, error.body) == (200, JSON, b'{"code":500,"message":"x"}')

    def test_what_was_salvaged(self) -> None:
        error = Rehearsal(Response(201, JSON, BODY[:200])).error
        assert str(error.meeting.id) == MEETING_ID
        assert (error.status, error.headers, error.body) == (201, JSON, BODY[:200])

    @pytest.mark.parametrize(
        ("code", "outcome"),
        [(399, "UNKNOWN"), (400, "REJECTED"), (499, "REJECTED"), (500, "UNKNOWN"), (None, "UNKNOWN")],
    )
    def test_outcome_of_a_failure_in_band(self, code: int | None, outcome: str) -> None:
        body = json.dumps({"status": "fail", "code": code}).encode()
        assert Rehearsal(Response(200, {}, body)).error.outcome is Outcome[outcome]
        limit = Rehearsal(
            Response(200, {}, json.dumps({"code": code, "status": "fail", "message": "daily limit"}).encode())
        )
        assert type(limit.error) is errors.DailyLimitError
        assert limit.error.outcome is (Outcome.REJECTED if code is None else Outcome[outcome])

    def test_retry_after_of_a_limit_in_band(self) -> None:
        error = Rehearsal(Response(200, {"retry-after": "5"}, b'"TooManyRequests"')).error
        assert type(error) is errors.RateLimitError
        assert error.retry_after == timedelta(seconds=5)

    def test_credentials_that_are_echoed_are_masked(self) -> None:
        for body in (f"<{KEY}> <{TOKEN}>".encode(), f"<{KEY}> <{TOKEN}>".encode("utf-16")):
            error = Rehearsal(
                Response(500, {"content-encoding": "x", "x-echo": f"a {TOKEN}", "set-cookie": "a"}, body)
            ).error
            assert error.body == b"<***> <***>"
            assert error.headers == {"x-echo": "a ***", "set-cookie": "***"}
            assert str(error).count("***") == 2

    def test_only_what_echoes_them_is_changed(self) -> None:
        error = Rehearsal(Response(500, {"x-echo": KEY, "content-encoding": "x"}, b"\xff")).error
        assert error.body == b"\xff"
        assert error.headers == {"x-echo": "***", "content-encoding": "x"}
        odd = Response(500, {"content-type": "x; charset=utf-7"}, b"\x00+2AA-" + KEY.encode() + b"x")
        assert Rehearsal(odd).error.body == b"\x00?***x"

    def test_a_header_whose_name_echoes_them_is_left_out(self) -> None:
        error = Rehearsal(Response(500, {f"x-{TOKEN.lower()}": "1", "x-kept": "2"}, b"")).error
        assert error.headers == {"x-kept": "2"}

    def test_an_answer_that_echoes_nothing_passes_as_it_is(self) -> None:
        assert Rehearsal(CREATED).call._without_credentials(CREATED) is CREATED

    def test_a_reason_survives_beside_an_echo(self) -> None:
        error = Rehearsal(Response(201, JSON, f'{{"id":"{MEETING_ID}","name":"{KEY}'.encode(), "it broke")).error
        assert str(error.meeting.deviations[0]) == "the answer: expected a meeting, got it broke"

    def test_a_reason_that_echoes_them_is_masked(self) -> None:
        for body, headers in ((BODY, JSON), (BODY[:200], JSON), (BODY, {"content-type": f"x/{TOKEN}"})):
            run = Rehearsal(Response(201, headers, body, f"after {KEY}, pwd=abc"))
            told = (
                run.result.deviations if isinstance(run.result, Meeting) else (run.error, *run.error.meeting.deviations)
            )
            shown = " ".join(map(str, told))
            assert "after ***" in shown
            assert KEY not in shown
            assert TOKEN not in shown

    def test_a_meeting_that_echoes_credentials_is_masked(self) -> None:
        meeting = Rehearsal(Response(201, JSON, BODY.replace(b"CS1010 lecture 3", KEY.encode()))).result
        assert isinstance(meeting, Meeting)
        assert (meeting.name, meeting.topic) == ("***", "***")


class TestCause:
    """What an error was caused by, without what it must not show."""

    def test_a_cause_is_kept_without_its_frames(self) -> None:
        def fail() -> None:
            empty: dict[str, int] = {}
            try:
                empty["inner"]
            except KeyError:
                raise ValueError("outer")  # noqa: B904 - the context is wanted

        with pytest.raises(ValueError, match="outer") as caught:
            fail()
        cause = Rehearsal(Failure("x", sent=True, cause=caught.value)).error.__cause__
        assert repr(cause) == "ValueError('outer')"
        assert (cause.__traceback__, cause.__cause__, cause.__context__) == (None, None, None)

    @pytest.mark.parametrize(
        "cause",
        [
            ValueError(f"header {KEY}"),
            ValueError(f"Authorization: Bearer {TOKEN}"),
            ValueError("https://x?pwd=abc"),
            ExceptionGroup("several", [ValueError("x")]),
        ],
    )
    def test_a_cause_that_may_show_a_secret_is_left_out(self, cause: Exception) -> None:
        assert Rehearsal(Failure("x", sent=True, cause=cause)).error.__cause__ is None

    def test_a_repr_counts_as_text(self) -> None:
        class QuietError(ValueError):
            def __str__(self) -> str:
                return "quiet"

        assert Rehearsal(Failure("x", sent=True, cause=QuietError(KEY))).error.__cause__ is None
        assert Rehearsal(Failure("x", sent=True, cause=QuietError("x"))).error.__cause__ is not None

    def test_a_note_counts_as_text(self) -> None:
        cause = ValueError("x")
        cause.add_note(KEY)
        assert Rehearsal(Failure("x", sent=True, cause=cause)).error.__cause__ is None


class TestInterruption:
    """A call that was cancelled, or ended by Ctrl-C."""

    @pytest.mark.parametrize(("sent", "outcome"), [(True, Outcome.UNKNOWN), (False, Outcome.NOT_SENT)])
    def test_while_sending(self, sent: bool, outcome: Outcome) -> None:
        events: list[Event] = []
        call = Call(prepare("https://x", "x", ARGUMENTS), Policy(), (events.append,), lambda: 0.0)
        step = next(call.steps())
        assert isinstance(step, Send)
        step.sent = sent
        interruption: Any = call.interrupted(KeyboardInterrupt())
        assert interruption.outcome is outcome
        assert interruption.__notes__ == [
            f"A meeting may have been created. {LOOK_FIRST}"
            if sent
            else "No meeting was created, nothing was sent. Calling again is safe."
        ]
        assert events == [Event("failed", 1, 0, None, outcome, "KeyboardInterrupt")]

    def test_before_anything(self) -> None:
        call = Call(prepare("https://x", "x", ARGUMENTS), Policy(), (), lambda: 0.0)
        assert call.interrupted(KeyboardInterrupt()).outcome is Outcome.NOT_SENT  # type: ignore[attr-defined]

    def test_no_token(self) -> None:
        events: list[Event] = []
        call = Call(prepare("https://x", "x", ARGUMENTS), Policy(), (events.append,), lambda: 0.0)
        error = call.without_token(KeyError(KEY))
        assert type(error) is errors.ConfigurationError
        assert error.outcome is Outcome.NOT_SENT
        assert str(error) == (
            "No meeting was created, nothing was sent: the callable that gives the token failed with KeyError. "
            "Calling again is safe."
        )
        assert events == [Event("failed", 0, 0, None, Outcome.NOT_SENT, "ConfigurationError")]

    def test_while_waiting(self) -> None:
        call = Call(prepare("https://x", "x", ARGUMENTS), Policy(), (), lambda: 0.0)
        steps = call.steps()
        step = next(steps)
        assert isinstance(step, Send)
        step.sent = True
        assert isinstance(steps.send(rate()), Wait)
        assert call.interrupted(KeyboardInterrupt()).outcome is Outcome.NOT_SENT  # type: ignore[attr-defined]

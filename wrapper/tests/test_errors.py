"""The exceptions: one tree, each with an outcome, all of which travel."""

import copy
import inspect
import pickle
from datetime import timedelta
from typing import Any

import pytest

import luminus_zoom
from luminus_zoom import Meeting, Outcome, Problem, RequestSummary, ZoomError, errors
from wrapper.tests.calls import BODY, HOST_KEY, MEETING, PASSWORD, URL_PASSWORD, assert_no_secret

CLASSES: list[type[ZoomError]] = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ZoomError)
]
SUMMARY = RequestSummary("POST", "https://x/Meeting", 3, ("name",))


def made(kind: type[ZoomError]) -> Any:
    """An error with everything that one can carry."""
    error: Any = kind(
        "what happened",
        outcome=Outcome.UNKNOWN,
        retryable=True,
        attempts=2,
        elapsed=1.5,
        status=500,
        headers={"location": f"https://x?pwd={URL_PASSWORD}"},
        body=BODY,
        request=SUMMARY,
    )
    extra = {
        "meeting": Meeting(name="x", password=PASSWORD, host_key=HOST_KEY, raw=MEETING),
        "problems": (Problem("a", "b"),),
        "fields": {"a": ("b",)},
        "retry_after": timedelta(seconds=5),
        "code": 7,
    }
    for name, value in extra.items():
        if hasattr(kind, name):
            setattr(error, name, value)
    error.add_note("a note")
    return error


def test_there_are_so_many() -> None:
    assert len(CLASSES) == 22


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_public_and_explained(kind: type[ZoomError]) -> None:
    assert getattr(luminus_zoom, kind.__name__) is kind
    assert kind.__doc__


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_copies(kind: type[ZoomError]) -> None:
    error = made(kind)
    for twin in (copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert twin is not error
        assert vars(twin) == vars(error)
        assert (twin.args, str(twin), repr(twin)) == (error.args, str(error), repr(error))
        assert twin.body == BODY


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_pickles_without_secrets(kind: type[ZoomError], protocol: int) -> None:
    error = made(kind)
    pickled = pickle.dumps(error, protocol)
    assert_no_secret([pickled.decode("latin-1")])
    twin = pickle.loads(pickled)  # noqa: S301 - our own
    assert type(twin) is kind
    assert (str(twin), repr(twin), twin.__notes__) == (str(error), repr(error), ["a note"])
    changed = {name for name, value in vars(error).items() if vars(twin)[name] != value}
    assert changed == {"body", "headers"} | ({"meeting"} if hasattr(kind, "meeting") else set())
    assert b'"meetingPassword":"***"' in twin.body
    assert twin.headers == {"location": "https://x?pwd=***"}


def test_a_pickle_carries_a_body_as_text_or_not_at_all() -> None:
    def body(data: bytes, **headers: str) -> bytes:
        error = ZoomError("x", status=500, body=data, headers=headers)
        return bytes(pickle.loads(pickle.dumps(error)).body)  # noqa: S301 - our own

    assert body('"Zoë"'.encode("utf-16")) == '"Zoë"'.encode()
    assert body(b"plain \xff") == "plain �".encode()
    assert body(BODY[:-5]) == b""
    assert body(b"") == b""


def test_the_repr_leads_with_what_one_looks_for() -> None:
    assert repr(made(errors.ServerError)) == "ServerError('what happened', outcome=UNKNOWN, status=500, attempts=2)"
    assert repr(ZoomError("x")) == "ZoomError('x', outcome=UNKNOWN, attempts=0)"


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_its_outcome(kind: type[ZoomError]) -> None:
    never_sent = issubclass(kind, errors.ConfigurationError | errors.InvalidMeetingError)
    rejected = issubclass(kind, errors.RejectedError | errors.RateLimitError)
    expected = Outcome.NOT_SENT if never_sent else Outcome.REJECTED if rejected else Outcome.UNKNOWN
    error = kind("x")
    assert error.outcome is expected
    assert (error.retryable, error.attempts, error.elapsed, error.status) == (False, 0, 0, None)
    assert (error.headers, error.body, error.request) == ({}, b"", None)


def test_summaries_and_problems_are_readable() -> None:
    assert str(SUMMARY) == "POST https://x/Meeting, 3 bytes: name"
    assert str(RequestSummary("POST", "x", 3, (1, "a"))) == "POST x, 3 bytes: 1, a"  # type: ignore[arg-type]
    assert str(Problem("name", "is required")) == "name: is required"

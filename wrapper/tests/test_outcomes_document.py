"""docs/outcomes.md says what the library does: each row of its table is played through."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from luminus_zoom import ConfigurationError, InvalidMeetingError, Outcome, ZoomClient, ZoomError, errors
from luminus_zoom._call import Failure, Policy
from luminus_zoom._response import Response
from wrapper.tests.answers import DAILY, KEY_CHALLENGE
from wrapper.tests.calls import ARGUMENTS, BODY, KEY
from wrapper.tests.rehearsal import Rehearsal

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "outcomes.md").read_text(encoding="utf-8")


def gateway(status: int, message: str) -> Response:
    """An answer in the gateway's own form."""
    return Response(status, {}, json.dumps({"statusCode": status, "message": message}).encode())


# What the first column of the table stands for.
EXAMPLES: dict[str, Response | Failure] = {
    "No connection: refused, unknown host, TLS, proxy": Failure("x", sent=False),
    "Connecting, or waiting for a free connection, takes too long": Failure("x", sent=False, timeout=True),
    "The connection is lost once the request was sent": Failure("x", sent=True),
    "The answer does not come in time": Failure("x", sent=True, timeout=True),
    "400": Response(400, {}, b"x"),
    "401 from the gateway, about the key": Response(401, {"www-authenticate": KEY_CHALLENGE}, b""),
    "401 from the service, about the token": Response(401, {}, b""),
    "403 from the service": Response(403, {}, b"x"),
    "403 from the gateway, about a quota": gateway(403, "Out of call volume quota."),
    "403 from the gateway, about your address": gateway(403, "Forbidden"),
    "404": Response(404, {}, b""),
    "415": Response(415, {}, b""),
    "Any other 4xx": Response(409, {}, b""),
    "429 from the gateway": gateway(429, "Rate limit is exceeded."),
    "429 in another form, Zoom's rate limit under a 4xx": Response(429, {}, b""),
    "Zoom's rate limit under a 5xx": Response(500, {}, b"TooManyRequests"),
    "Zoom's daily limit under a 4xx": Response(400, {}, DAILY.encode()),
    "Zoom's daily limit under a 5xx": Response(500, {}, DAILY.encode()),
    "5xx": Response(503, {}, b""),
    "A redirect, or another status that has no business here": Response(302, {}, b""),
    "2xx, but the body tells of a failure with a code of 4xx": Response(200, {}, b'{"code":404}'),
    "2xx, but the body tells of another failure": Response(200, {}, b'{"status":"fail"}'),
    "2xx that shows no meeting: empty, `{}`, a web page, something else": Response(201, {}, b""),
    "2xx that shows a meeting, but is cut off or garbled": Response(201, {}, BODY[:200]),
    "2xx, but the meeting breaks the contract, with `strict=True`": Response(201, {}, BODY),
    "2xx, but the answer belongs to another request, with `strict=True`": Response(
        201, {"content-type": "application/json"}, BODY.replace(b"lecture 3", b"lecture 4")
    ),
}


def played(fault: str) -> tuple[ZoomError, bool]:
    """The error of a fault, and whether it was retried."""
    if fault not in EXAMPLES:
        options, arguments = ({"token": " "}, ARGUMENTS) if "token" in fault else ({}, {})
        with pytest.raises((ConfigurationError, InvalidMeetingError)) as caught:
            ZoomClient(subscription_key=KEY, **options).create_meeting(**arguments)  # type: ignore[arg-type]
        return caught.value, False
    run = Rehearsal(*[EXAMPLES[fault]] * 3, strict=True)
    return run.error, len(run.steps) > 1


def rows() -> list[list[str]]:
    """The rows of the big table, without their mark-up."""
    table = DOCUMENT.partition("## Every fault")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_of_the_table(row: list[str]) -> None:
    fault, kind, outcome, retried, advice = row
    error, was_retried = played(fault)
    assert f"`{type(error).__name__}`" == kind
    assert f"`{error.outcome.name}`" == outcome
    assert retried == ("yes" if was_retried else "no")
    assert all(hasattr(error, name) for name in re.findall(r"`(problems|fields|retry_after|code)`", advice))


def test_the_table_is_complete() -> None:
    assert EXAMPLES.keys() < {row[0] for row in rows()}
    assert len(rows()) == len(EXAMPLES) + 2
    told = {row[1].strip("`") for row in rows()}
    tree = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ZoomError)}
    assert tree - told == {"ZoomError", "AuthenticationError"}
    assert {row[2].strip("`") for row in rows()} == {outcome.name for outcome in Outcome}


def test_the_numbers_in_the_text() -> None:
    assert f"at most `retries` times ({Policy().retries})" in DOCUMENT
    assert f"`deadline` ({Policy().deadline:.0f} s)" in DOCUMENT


def test_what_the_text_says_of_the_tree() -> None:
    def below(kind: type[ZoomError]) -> set[Any]:
        return {name for name in vars(errors).values() if isinstance(name, type) and issubclass(name, kind)}

    assert below(errors.AuthenticationError) - {errors.AuthenticationError} == {
        errors.InvalidSubscriptionKeyError,
        errors.InvalidTokenError,
    }
    assert not below(errors.RejectedError) & below(errors.RateLimitError)

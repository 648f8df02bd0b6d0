"""Arguments → the exact request: method, URL, headers and body bytes. Nothing here does I/O."""

import contextlib
import json
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from attrs import field, frozen

from luminus_zoom_api.api.meeting.add_meeting import _get_kwargs
from luminus_zoom_api.models import NewMeeting

from ._arguments import parameter_of, plain_timedelta, told, unknown_parameters, unwrapped, wire_values
from ._schema import WrongValue, shown
from ._secrets import MASK, Secret
from .access import Access
from .errors import InvalidMeetingError, Problem, RequestSummary

SHORTEST = 8
"""A credential with fewer characters is not masked in texts."""
MOST_PROBLEMS = 50
"""The most problems that one error lists."""
KEY_HEADER = "Ocp-Apim-Subscription-Key"


@frozen(repr=False)
class Credentials:
    """The subscription key and, where there is one, the bearer token of one call."""

    subscription_key: Secret | None
    token: Secret | None = None

    def headers(self) -> list[tuple[str, str]]:
        """The credentials as headers; the key never goes into the query, which is logged everywhere."""
        pairs = ((KEY_HEADER, "", self.subscription_key), ("Authorization", "Bearer ", self.token))
        return [(name, prefix + secret.reveal()) for name, prefix, secret in pairs if secret]

    def secrets(self) -> tuple[str, ...]:
        """The values that no text may show.

        Real ones are of 32 characters and more; to hide ``id`` or ``test`` would garble every answer.
        """
        values = (secret.reveal() for secret in (self.subscription_key, self.token) if secret)
        return tuple(value for value in values if len(value) >= SHORTEST)


@frozen
class Request:
    """One HTTP request, ready to be sent. Credentials and body are not in its repr."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    """Without the credentials, and without Host, Content-Length and Connection, which the HTTP client adds."""
    values: Mapping[str, Any] = field(repr=False)
    """The body's properties by their wire names."""
    body: bytes = field(repr=False)
    summary: RequestSummary = field(repr=False)
    credentials: Credentials = field(repr=False, default=Credentials(None))

    def authorized(self, credentials: Credentials) -> "Request":
        """The same request with these credentials."""
        return Request(self.method, self.url, self.headers, self.values, self.body, self.summary, credentials)


@frozen
class Preview:
    """What a call would send, credentials masked. The HTTP client adds Host, Content-Length and Connection."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    curl: str
    """A command for a POSIX shell that sends the same; it takes the credentials from environment variables."""


def prepare(
    base_url: str,
    user_agent: str,
    arguments: Mapping[str, Any],
    *,
    validate: bool = True,
    extra: Mapping[str, Any] | None = None,
) -> Request:
    """The request for these arguments, still without credentials.

    With ``validate=False`` only two things are checked: that the parameters exist, and that the body can be JSON.
    `extra` is merged into the body last.

    Raises:
        InvalidMeetingError: with everything that is wrong.
    """
    values, problems = wire_values(arguments, validate=validate)
    problems += unknown_parameters(arguments)
    try:
        further = {**({} if extra is None else extra)}
    except Exception:  # A mapping may raise anything.
        further = {}
        problems.append(Problem("extra", f"must map properties to values (got {shown(extra)})"))
    if problems:
        raise _refusal(problems)
    # The generated model would make the same values of these, which a test checks. It costs time, and values that are
    # not checked do not fit into it.
    kwargs = _get_kwargs(body=cast(NewMeeting, SimpleNamespace(to_dict=lambda: values)))
    payload = {**kwargs["json"], **further}
    try:
        body = _to_json(payload).encode()
    except Exception:  # A value may raise anything.
        raise _refusal(_unwritable(payload, further)) from None
    method, url = kwargs["method"].upper(), base_url + kwargs["url"]
    ours = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": user_agent}
    headers = tuple({**ours, **kwargs["headers"]}.items())
    summary = RequestSummary(method, url, len(body), tuple(payload))
    return Request(method, url, headers, payload, body, summary)


def _refusal(problems: list[Problem]) -> InvalidMeetingError:
    """The error that lists problems, at most `MOST_PROBLEMS` of them."""
    if len(problems) > MOST_PROBLEMS:
        rest = Problem("further problems", f"{len(problems) - MOST_PROBLEMS:,}, which are not listed")
        problems = [*problems[:MOST_PROBLEMS], rest]
    return InvalidMeetingError.of(problems)


def _unwritable(payload: Mapping[Any, Any], further: Mapping[Any, Any]) -> list[Problem]:
    """Which of the body's properties have no form in JSON, and why."""
    problems = []
    for wire, value in payload.items():
        why = "has NaN or an infinity in it, which JSON cannot have"
        try:
            unwrapped(value)
            json.dumps({wire: value}, ensure_ascii=False, default=_plain).encode()  # It allows both of them.
            with contextlib.suppress(ValueError):
                _to_json({wire: value})
                continue
        except WrongValue as refusal:
            why = str(refusal)
        except Exception as error:
            why = f"cannot be written as JSON: {told(error)}"
        problems.append(Problem(f"extra[{shown(wire)}]" if wire in further else parameter_of((wire,), {}), why))
    return problems


def _plain(value: object) -> Any:
    """The JSON form of what is not checked, as checked values have it."""
    value = unwrapped(value)
    if isinstance(value, datetime):
        return datetime.isoformat(value)
    if isinstance(value, timedelta):
        minutes = plain_timedelta(value) / timedelta(minutes=1)
        return int(minutes) if minutes.is_integer() else minutes
    if isinstance(value, Access):
        return wire_values({"access": value}, validate=False)[0]["access"]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bool | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no form there")


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode


def preview(request: Request) -> Preview:
    """The request in readable form."""
    variables = {KEY_HEADER: "$LUMINUS_SUBSCRIPTION_KEY", "Authorization": "Bearer $LUMINUS_TOKEN"}
    masked = [(name, MASK) for name, _ in request.credentials.headers()]
    curl = [
        *("curl", "--request", request.method, shlex.quote(request.url)),
        *(f"--header {shlex.quote(f'{name}: {value}')}" for name, value in request.headers),
        *(f'--header "{name}: {variables[name]}"' for name, _ in masked),
        *("--data-binary", shlex.quote(request.body.decode())),
    ]
    return Preview(request.method, request.url, dict([*request.headers, *masked]), request.body, " ".join(curl))

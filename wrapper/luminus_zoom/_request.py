"""Arguments → the exact request: method, URL, headers and body bytes. Nothing here does I/O."""

import contextlib
import json
import shlex
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from attrs import field, frozen

from luminus_zoom_api.api.meeting.add_meeting import _get_kwargs
from luminus_zoom_api.models import NewMeeting

from ._arguments import (
    PARAMETERS,
    _converted,
    _flag,
    _integer,
    access_tree,
    mapping_of,
    plain_timedelta,
    refuse_gap,
    told,
    unknown_parameters,
    wire_values,
)
from ._schema import WrongValue, shown
from ._secrets import MASK, Secret
from .access import Access
from .errors import InvalidMeetingError, Problem, RequestSummary

SHORTEST = 8
"""Characters from which a credential is one that has to be hidden."""
MOST_PROBLEMS = 50
"""As many as an error lists."""
KEY_HEADER = "Ocp-Apim-Subscription-Key"


@frozen(repr=False)
class Credentials:
    """The subscription key and, where there is one, the bearer token of one call."""

    subscription_key: Secret | None
    token: Secret | None = None

    def headers(self) -> list[tuple[str, str]]:
        """The credentials as headers; the key never goes into the query, which is logged everywhere."""
        key, token = self.subscription_key, self.token
        headers = [(KEY_HEADER, key.reveal())] if key else []
        return [*headers, ("Authorization", f"Bearer {token.reveal()}")] if token else headers

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
    body: bytes = field(repr=False)
    summary: RequestSummary = field(repr=False)
    credentials: Credentials = field(repr=False, default=Credentials(None))

    def authorized(self, credentials: Credentials) -> "Request":
        """The same request with these credentials."""
        return Request(self.method, self.url, self.headers, self.body, self.summary, credentials)


@frozen
class Preview:
    """What a call would send, credentials masked. The HTTP client adds Host, Content-Length and Connection."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    curl: str
    """A command for a POSIX shell that sends the same; it takes the credentials from environment variables."""


class _Unchecked:
    """Values as they are, in the place of the generated model, which holds only what the contract allows."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def to_dict(self) -> dict[str, Any]:
        return self.values


def prepare(
    base_url: str,
    user_agent: str,
    arguments: Mapping[str, Any],
    *,
    validate: bool = True,
    extra: Mapping[str, Any] | None = None,
) -> Request:
    """The request for these arguments, still without credentials.

    What is checked goes through the generated model. With ``validate=False`` nothing is checked but that there are such
    parameters, and that it all can be JSON. `extra` is merged into the body last.

    Raises:
        InvalidMeetingError: with everything that is wrong.
    """
    values, wrong = wire_values(arguments)
    problems = unknown_parameters(arguments) + (wrong if validate else [])
    further = _converted(mapping_of("properties to values"), {} if extra is None else extra, "extra", (), problems)
    if problems:
        raise _refusal(problems)
    model = NewMeeting.from_dict(values) if validate else cast(NewMeeting, _Unchecked(values))
    kwargs = _get_kwargs(body=model)
    payload = {**kwargs["json"], **further}
    try:
        body = _to_json(payload).encode()
    except Exception:  # A value may raise anything.
        raise _refusal(_unwritable(kwargs["json"], further)) from None
    url = base_url + kwargs["url"]
    # Host, Content-Length and Connection are the HTTP client's.
    headers = (
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", user_agent),
        *kwargs["headers"].items(),
    )
    method = kwargs["method"].upper()
    summary = RequestSummary(method, url, len(body), tuple(payload))
    return Request(method, url, headers, body, summary)


def _refusal(problems: list[Problem]) -> InvalidMeetingError:
    """The error that lists problems, as many as somebody reads."""
    if len(problems) > MOST_PROBLEMS:
        rest = Problem("further problems", f"{len(problems) - MOST_PROBLEMS:,}, which are not listed")
        problems = [*problems[:MOST_PROBLEMS], rest]
    return InvalidMeetingError.of(problems)


def _unwritable(values: Mapping[str, Any], further: Mapping[Any, Any]) -> list[Problem]:
    """Which of the body's properties have no form in JSON, and why."""
    names = {parameter.wire: name for name, parameter in PARAMETERS.items()}
    parts = [(names[wire], wire, value) for wire, value in values.items()]
    parts += [(f"extra[{shown(wire)}]", wire, value) for wire, value in further.items()]
    problems = [Problem(place, why) for place, wire, value in parts if (why := _why_unwritable({wire: value}, value))]
    return problems or [Problem("the arguments", "cannot be written as JSON")]


def _why_unwritable(part: Mapping[Any, Any], value: object) -> str | None:
    try:
        refuse_gap(value)
        _to_json(part).encode()
    except WrongValue as refusal:
        return str(refusal)
    except Exception as error:
        with contextlib.suppress(Exception):
            # NaN and the infinities are all that this allows beyond the other.
            json.dumps(part, ensure_ascii=False, default=_plain).encode()
            return "has NaN or an infinity in it, which JSON cannot have"
        return f"cannot be written as JSON: {told(error)}"
    return None


def _plain(value: object) -> Any:
    """The JSON form of what is not checked, as checked values have it."""
    refuse_gap(value)
    if isinstance(value, datetime):
        return datetime.isoformat(value)
    if isinstance(value, timedelta):
        minutes = plain_timedelta(value) / timedelta(minutes=1)
        return int(minutes) if minutes.is_integer() else minutes
    if isinstance(value, Access):
        return access_tree(value, [])
    if isinstance(value, UUID):
        return str(value)
    for convert in (_flag, _integer):
        with contextlib.suppress(WrongValue):
            return convert(value)
    raise TypeError(f"{type(value).__name__} has no form there")


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode


def preview(request: Request) -> Preview:
    """The request for people to look at."""
    variables = {KEY_HEADER: "$LUMINUS_SUBSCRIPTION_KEY", "Authorization": "Bearer $LUMINUS_TOKEN"}
    masked = [(name, MASK) for name, _ in request.credentials.headers()]
    curl = [
        *("curl", "--request", request.method, shlex.quote(request.url)),
        *(f"--header {shlex.quote(f'{name}: {value}')}" for name, value in request.headers),
        *(f'--header "{name}: {variables[name]}"' for name, _ in masked),
        *("--data-binary", shlex.quote(request.body.decode())),
    ]
    return Preview(request.method, request.url, dict([*request.headers, *masked]), request.body, " ".join(curl))


def default_user_agent(version: str) -> str:
    """The library's own name and version, and Python's."""
    return f"luminus-zoom/{version} python/{'.'.join(map(str, sys.version_info[:3]))}"

"""Arguments → the exact request: method, URL, headers and body bytes. Nothing here does I/O."""

import json
import shlex
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from attrs import field, frozen

from luminus_zoom_api.api.meeting.add_meeting import _get_kwargs
from luminus_zoom_api.models import NewMeeting

from ._arguments import PARAMETERS, _access, wire_values
from ._secrets import MASK, Secret
from .access import Access
from .errors import InvalidMeetingError, Problem, RequestSummary

SHORTEST = 8
"""Characters from which a credential is one that has to be hidden."""
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
    """Without the credentials."""
    body: bytes = field(repr=False)
    summary: RequestSummary = field(repr=False)
    credentials: Credentials = field(repr=False, default=Credentials(None))

    def authorized(self, credentials: Credentials) -> "Request":
        """The same request with these credentials."""
        return Request(self.method, self.url, self.headers, self.body, self.summary, credentials)


@frozen
class Preview:
    """What a call would send, with the credentials masked and nothing else changed."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    curl: str
    """A command for a POSIX shell that sends the same; it takes the credentials from environment variables."""


class _Body:
    """The checked values in the place of the generated model, whose `to_dict` would turn them into the same ones."""

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

    With ``validate=False`` nothing is checked but that there are such parameters, and that it all can be JSON; `extra`
    is merged into the body last.

    Raises:
        InvalidMeetingError: with everything that is wrong.
    """
    values, problems = wire_values(arguments)
    if not validate:
        problems = [problem for problem in problems if problem.parameter in arguments.keys() - PARAMETERS.keys()]
    if not isinstance(extra, Mapping | None):
        problems.append(Problem("extra", "must map properties to values"))
    if problems:
        raise InvalidMeetingError.of(problems)
    kwargs = _get_kwargs(body=cast(NewMeeting, _Body(values)))
    payload = {**kwargs["json"], **(extra or {})}
    try:
        body = _to_json(payload).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidMeetingError.of([Problem("the body", f"cannot be written as JSON: {error}")]) from None
    url = base_url + kwargs["url"]
    headers = (
        ("Host", urlsplit(url).netloc),
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
        ("Connection", "keep-alive"),
        ("User-Agent", user_agent),
        *kwargs["headers"].items(),
        ("Content-Length", str(len(body))),
    )
    method = kwargs["method"].upper()
    summary = RequestSummary(method, url, len(body), tuple(payload))
    return Request(method, url, headers, body, summary)


def _plain(value: object) -> Any:
    """The JSON form of what `validate=False` lets through."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes = value / timedelta(minutes=1)
        return int(minutes) if minutes.is_integer() else minutes
    if isinstance(value, Access):
        return _access(value, [])
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode


def preview(request: Request) -> Preview:
    """The request for people to look at."""
    variables = {KEY_HEADER: "$LUMINUS_SUBSCRIPTION_KEY", "Authorization": "Bearer $LUMINUS_TOKEN"}
    masked = [(name, MASK) for name, _ in request.credentials.headers()]
    # curl writes these by itself.
    told = [(name, value) for name, value in request.headers if name not in ("Host", "Content-Length", "Connection")]
    curl = [
        *("curl", "--request", request.method, shlex.quote(request.url)),
        *(f"--header {shlex.quote(f'{name}: {value}')}" for name, value in told),
        *(f'--header "{name}: {variables[name]}"' for name, _ in masked),
        *("--data-binary", shlex.quote(request.body.decode())),
    ]
    return Preview(request.method, request.url, dict([*request.headers, *masked]), request.body, " ".join(curl))


def default_user_agent(version: str) -> str:
    """The library's own name and version, and Python's."""
    return f"luminus-zoom/{version} python/{'.'.join(map(str, sys.version_info[:3]))}"

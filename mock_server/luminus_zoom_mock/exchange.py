"""A request and an answer as the mock sees them, and the negotiation of an answer's media type."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from luminus_zoom_mock.contract import Operation
from luminus_zoom_mock.instants import Instant

Headers: TypeAlias = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Call:
    """A request on its way through the stages, which leave their findings in its later fields."""

    method: str
    path: str
    query: bytes = field(repr=False)
    headers: dict[bytes, bytes] = field(repr=False)
    """By lower-case name; lines of one name are joined by commas, as HTTP has it."""
    body: bytes = field(repr=False)
    key: str = field(default="", repr=False)
    """The subscription key, once the gateway has let it through."""
    document: Any = field(default=None, repr=False)
    """The body as parsed JSON, once the service has read it."""
    instants: dict[str, Instant] = field(default_factory=dict, repr=False)
    """Its date-times by property name, once the service has validated it."""
    operation: Operation | None = None
    """The operation that it calls, once the gateway has found it."""
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    """The values of the path template's parameters as they were sent, percent-encoded."""
    parameters: dict[str, Any] = field(default_factory=dict, repr=False)
    """The values of the operation's parameters by name, once the service has validated them."""
    with_token: bool = False
    """Whether the credentials it brought need a bearer token too, by the contract."""


@dataclass(slots=True)
class Answer:
    """A response; Content-Length is added when it is sent."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    delay: float = 0.0
    """Seconds to wait before it is sent."""
    sent: int | None = None
    """How much of it is sent before the connection is closed: so many bytes of the body, or with -1 nothing at all.
    None sends all."""


Stage: TypeAlias = Callable[[Call], Answer | None]
"""A step of the pipeline: it answers the call, or returns None and leaves the call to the next."""

_WEIGHT = re.compile(r"q=(0(?:\.\d*)?|1(?:\.0*)?)")


@lru_cache(maxsize=256)
def preferred_json(accept: bytes) -> bytes | None:
    """Return the JSON media type in which ASP.NET Core would answer a string, None for bare text.

    Text is its first choice: it is left where Accept prefers application/json or text/json, but not for `*/*`, with
    which the framework ignores the whole header.
    """
    ranges: list[tuple[float, str]] = []
    for item in accept.decode("latin-1").lower().split(","):
        media_range, *parameters = (part.strip() for part in item.split(";"))
        weights = [float(match[1]) for match in map(_WEIGHT.fullmatch, parameters) if match]
        ranges.append((weights[0] if weights else 1.0, media_range))
    if any(media_range == "*/*" for _, media_range in ranges):
        return None
    for weight, media_range in sorted(ranges, key=lambda pair: -pair[0]):
        if weight and media_range in ("application/json", "application/*", "text/json"):
            return media_range.replace("*", "json").encode()
        if weight and media_range in ("text/plain", "text/*"):
            return None
    return None

"""What the mock was asked and what it answered, for assertions in users' tests and for the list at `/_mock/`."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.masking import masked, masked_headers, masked_query


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request and its answer. `headers` have lower-case names, credentials masked; the bodies are as sent."""

    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int
    """The status that was sent; 0 if no answer was sent."""
    answer_headers: Mapping[str, str] = field(repr=False)
    answer_body: bytes = field(repr=False)
    """What was sent of the answer's body. It may hold a meeting's secrets."""
    created: dict[str, Any] | None = field(repr=False)
    """The meeting that the request created, also if its answer was lost; None if it created none."""
    fault: str | None
    """The fault that it met, by name."""
    seconds: float = field(repr=False)
    """When it came, as a Unix time."""

    @property
    def json(self) -> Any:
        """The request's body as JSON; None if it is none."""
        return _json(self.body)


class Journal:
    """The latest requests, so many as the settings say. It may be written and read from any thread."""

    def __init__(self, length: int) -> None:
        """Begin empty."""
        self._entries: deque[tuple[float, Call, Answer, bytes | None, str | None]] = deque(maxlen=length)

    def add(self, call: Call, answer: Answer, created: bytes | None, fault: str | None) -> None:
        """Keep a request. The work of making it readable is left to those who read."""
        self._entries.append((time.time(), call, answer, created, fault))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def recorded(self) -> list[Recorded]:
        """Return the requests, the oldest first."""
        return [
            Recorded(
                method=call.method,
                path=call.path,
                query=masked_query(call.query.decode("latin-1")),
                headers=masked_headers(call.headers),
                body=call.body,
                status=0 if answer.sent == -1 else answer.status,
                answer_headers={name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers},
                answer_body=answer.body if answer.sent is None else answer.body[: max(answer.sent, 0)],
                created=None if created is None else _json(created),
                fault=fault,
                seconds=seconds,
            )
            for seconds, call, answer, created, fault in list(self._entries)
        ]


def assert_created(
    recorded: list[Recorded], times: int | None, expected: Mapping[str, Any], sensitive: Mapping[str, Any]
) -> None:
    """Raise AssertionError unless so many meetings with these properties were created; None stands for at least one.

    A property counts with the value that was sent, or else with the one that was answered.
    """
    created = [({**it.created, **it.json}) for it in recorded if it.created is not None]
    found = sum(all(name in it and it[name] == value for name, value in expected.items()) for it in created)
    if found == times or (times is None and found):
        return
    wanted = "at least one meeting" if times is None else f"{times} meeting{'s' * (times != 1)}"
    with_these = f" with {_line(masked(dict(expected), sensitive))}" if expected else ""
    names = [*dict.fromkeys([*expected, "name"])]
    shown = "".join(
        f"\n  {_line(masked({name: it[name] for name in names if name in it}, sensitive))}" for it in created[-10:]
    )
    raise AssertionError(
        f"expected {wanted}{with_these}, found {found}; {len(created)} were created"
        + (f", the latest of them:{shown}" if shown else "")
    )


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None

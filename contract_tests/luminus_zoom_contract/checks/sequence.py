"""Checks of several answers: values of their own, defaults, and nothing of one request in another's answer."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from luminus_zoom_contract.checks.response import NEUTRAL, Check
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Operation

_TELLING: Final = 12
"""Characters from which a text is hardly found by chance in another."""


class SequenceChecks:
    """Remembers an operation's successful answers of a run."""

    def __init__(self, operation: Operation) -> None:
        self._seen: Final[dict[str, dict[str, str]]] = {name: {} for name in operation.unique}
        self._defaults: Final[dict[str, Json]] = {}
        self._shapes: Final[dict[frozenset[tuple[str, bool]], frozenset[str]]] = {}
        free = [it for it in operation.request_fields if len(it.path) == 1 and it.type == "string"]
        self._told: Final = next((it.name for it in free if it.required and "format" not in it.schema), "")
        self._texts: Final[deque[bytes]] = deque(maxlen=20)

    def check(self, title: str, got: Mapping[str, Any]) -> Iterator[Check]:
        """Hold a new resource against those before it."""
        if isinstance(text := got.get(self._told), str) and len(text) >= _TELLING:
            self._texts.append(text.encode("utf-8", "replace"))
        for name, seen in self._seen.items():
            if (value := got.get(name)) not in (None, "") and not isinstance(value, dict | list):
                before = seen.get(str(value).lower())
                seen[str(value).lower()] = title
                yield f"unique.{name}", before and f"{name} is also that of the one made by: {before}"

    def error(self, sent: bytes, got: bytes) -> Iterator[Check]:
        """Whether an error tells of a resource that its own request does not speak of."""
        told = next((text for text in self._texts if text in got and text not in sent), b"").decode()
        yield "sequence.no-leak", f"the error tells of another request's data, {told!r}" if told else None

    def shape(self, sent: Mapping[str, Json], got: Mapping[str, Any]) -> Iterator[Check]:
        """Hold the set of an answer's properties against that of requests with the same properties."""
        # A server may leave out what was sent as null, or answer it so.
        given = frozenset((name, value is None) for name, value in sent.items())
        shape = self._shapes.setdefault(given, frozenset(got))
        changed = sorted(shape ^ got.keys())
        yield (
            "sequence.stable-shape",
            f"unlike an equal request before: {', '.join(changed)} came or went" if changed else None,
        )

    def unset(self, name: str, value: Json) -> Iterator[Check]:
        """Judge the value of a property that the request left out; None where the answer leaves it out too."""
        if name not in self._defaults:
            self._defaults[name] = value
            yield (
                f"default.{name}",
                None if value in NEUTRAL else f"{name} is {value!r}, and the request did not set it",
            )
        same = value in NEUTRAL or value == self._defaults[name]
        yield "sequence.no-leak", None if same else f"{name} is {value!r}, which this request did not send"

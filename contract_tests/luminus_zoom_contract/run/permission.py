"""What may be sent to a real service at all. A request goes out only where it is proved harmless; doubt keeps it back.

A meeting that is created by mistake can be deleted. An e-mail to a class, a right given to the public or a meeting that
nobody finds again cannot be taken back, so what could lead there is judged by its bytes, whoever made them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.spec.document import decode
from luminus_zoom_contract.spec.operations import Operation
from luminus_zoom_contract.spec.profile import Restrictions

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""What changes nothing by RFC 9110, section 9.2.1; TRACE is left out, since it repeats credentials."""
_HEADERS: Final = frozenset(
    {
        "host",
        "ocp-apim-subscription-key",
        "authorization",
        "content-type",
        "content-length",
        "accept",
        "accept-encoding",
        "user-agent",
        "connection",
    }
)
"""All that is known to mean no more than it says: no method override, rewritten URL, forwarded host or encoded body."""
_QUERIES: Final = ("", "?", "?entities=true")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_PLAIN: Final = re.compile(rb"[\t\r\n\x20-\x7e]*")
_MEDIA_TYPE: Final = re.compile(r'[\w.+/*-]+(?:\s*;\s*charset="?utf-8"?)?|', re.IGNORECASE | re.ASCII)
_SECOND_MEANINGS: Final = (b"\\", b"%", b"&")
"""Signs by which other readers of a body write letters: escapes, URL encoding, entities."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one run may do."""

    scope: str
    """The one value of the pinned property, such as the module in which anything may be created."""
    run_id: str
    """The mark in the name of everything that may be created."""
    allowed: frozenset[str] = frozenset()
    """The options that were given, by which the restrictions of an operation let a property through."""


class Permission:
    """Judges requests to one endpoint, given by its host and base path; bodies may have the known properties alone.

    Where an object may not be sent, what belongs in it is known nowhere else either.
    """

    def __init__(
        self, rules: Rules, host: str, base_path: str, operation: Operation, restrictions: Restrictions
    ) -> None:
        self._rules: Final = rules
        self._restrictions: Final = restrictions
        self._method: Final = operation.method
        self._host: Final = host
        self._targets: Final = {
            f"{base_path}{path}{query}" for path in (operation.path, f"/{rules.run_id}") for query in _QUERIES
        }
        withheld = [name for name, option in restrictions.on_request.items() if option not in rules.allowed]
        known = (field.path for field in operation.request_fields)
        self._properties: Final = frozenset(
            step for path in known for step in (path[:1] if path and path[0] in withheld else path)
        )
        # Without what such names begin with, so that other spellings are found too.
        fixed = [_letters(name).removeprefix("is") for name in restrictions.fixed]
        self._forbidden: Final = [*fixed, *map(_letters, restrictions.never), *map(_letters, withheld)]
        self._objects: Final = {_letters(it.name) for it in operation.request_fields if it.type == "object"}

    def refusal(self, request: HttpRequest) -> str | None:
        """Why a request must not be sent, or None where it may be."""
        return self._of_line(request) or self._of_headers(request) or self._of_body(request)

    def _of_line(self, request: HttpRequest) -> str | None:
        if request.method not in SAFE_METHODS | {self._method}:
            return f"{request.method[:20]} might change what exists"
        return None if request.target in self._targets else "what its target or its query does is not known"

    def _of_headers(self, request: HttpRequest) -> str | None:
        headers = {name.lower(): value for name, value in request.headers}
        if not all(_TOKEN.fullmatch(name) and _VALUE.fullmatch(value) for name, value in request.headers):
            return "a header holds what might end it"
        if unknown := sorted(headers.keys() - _HEADERS):
            return f"what the header {unknown[0][:40]} does is not known"
        if len(headers) < len(request.headers):
            return "a header stands twice"
        if headers.get("host") != self._host:
            return "the Host is another"
        if headers.get("connection", "close").lower() not in {"close", "keep-alive"}:
            return "the Connection header asks for more than a connection"
        if headers.get("content-length", str(len(request.body))) != str(len(request.body)):
            return "the length is not the body's, so that its rest would be another request"
        return None if _MEDIA_TYPE.fullmatch(headers.get("content-type", "")) else "the body's encoding is not known"

    def _of_body(self, request: HttpRequest) -> str | None:
        if not request.body:
            return None
        if request.method in SAFE_METHODS:
            return f"a {request.method} with a body is read by some as a POST"
        labels = [value.lower() for name, value in request.headers if name.lower() == "content-type"]
        try:
            said = decode(request.body)
            fault = self._of_object(said) if isinstance(said, dict) else "the body is no object with a name"
        except RecursionError:
            return "the body is nested too deep to be looked through"
        except ValueError:
            return self._of_bytes(request.body)
        return fault or (None if all("json" in label for label in labels) else self._of_bytes(request.body))

    def _of_object(self, said: Mapping[str, Any]) -> str | None:
        name = said.get(self._restrictions.marked)
        if not isinstance(name, str) or self._rules.run_id not in name:
            return "its name does not have the run's mark"
        return next(filter(None, (self._of_member(key, value) for key, value in _members(said))), None)

    def _of_member(self, key: str, value: Any) -> str | None:
        if key and key not in self._properties:
            return f"what the property {key[:40]!r} does is not known"
        if key in self._restrictions.fixed and value is not self._restrictions.fixed[key]:
            return f"{key} may only be {str(self._restrictions.fixed[key]).lower()}"
        pinned = key == self._restrictions.pinned
        if pinned and not (isinstance(value, str) and _letters(value) == _letters(self._rules.scope)):
            return f"{key} is not the one that was given"
        if _letters(key) in self._forbidden:
            return f"{key} is not allowed"
        # A text is no property, unless a lenient reader takes the body for a form or reads the text as JSON.
        told = isinstance(value, str) and any(
            word in _letters(value) for word in self._forbidden if word not in self._objects
        )
        return "a text names what must not be sent" if told else None

    def _of_bytes(self, body: bytes) -> str | None:
        """The judgement of a body that is not plain JSON, and that a lenient reader may still take for something."""
        if not _PLAIN.fullmatch(body) or any(sign in body for sign in _SECOND_MEANINGS):
            return "the body is not plain text, and what it may mean is not known"
        text = _letters(body.decode("ascii"))
        if named := next((word for word in self._forbidden if word in text), None):
            return f"the body is not plain JSON, and has {named}"
        pinned = _letters(self._restrictions.pinned)
        if text.count(pinned) != text.count(f"{pinned}{_letters(self._rules.scope)}"):
            return f"{self._restrictions.pinned} is not the one that was given"
        marks = body.count(self._rules.run_id.encode())
        return (
            None
            if marks and text.count(_letters(self._restrictions.marked)) <= marks
            else "its name does not have the run's mark"
        )


def _members(node: Any) -> Iterator[tuple[str, Any]]:
    """The members of an object, at any depth; the items of a list come without a name."""
    pairs = node.items() if isinstance(node, dict) else (("", value) for value in node)
    for key, value in pairs:
        yield key, value
        if isinstance(value, dict | list):
            yield from _members(value)


def _letters(text: str) -> str:
    """The ASCII letters and digits of a text in lower case, look-alikes of compatibility folded into them."""
    folded = unicodedata.normalize("NFKD", text.replace("\u0131", "i")).casefold()
    return "".join(char for char in unicodedata.normalize("NFKD", folded) if char.isascii() and char.isalnum())

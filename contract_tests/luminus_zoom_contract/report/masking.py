"""What may be shown: secrets masked by their role, and text of others made harmless.

What is a secret is known by where it stands: a header, a property that the contract marks, the query of an address. Its
value is masked elsewhere too, but a short one only where it stands alone: a host key of 123456 is no part of e0123456.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from luminus_zoom_contract.spec.document import Json, NotJson

_WORDS: Final = ("password", "passcode")
"""Names of secrets in any API's texts, beside those that the contract marks."""
_IN_URL: Final = re.compile(r"([?&]pwd=)[^\s\"'\\&,}]+", re.I)
_IN_HEADER: Final = re.compile(r"^(ocp-apim-subscription-key|authorization|cookie|set-cookie):[^\r\n]*", re.I | re.M)
_IN_QUERY: Final = re.compile(r"([?&]subscription-key=)[^\s&\"']+", re.I)
_SHORTEST: Final = 4
_LONG: Final = 16
"""Characters from which a value is in another text on purpose, and not by chance."""
_HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)

Secrets = Iterable[tuple[str, str]]
"""Secrets, each as (role, value)."""


class Mask:
    """Replaces secrets in texts that people or files get to see."""

    def __init__(self, known: Secrets = (), sensitive: Mapping[str, Any] | None = None) -> None:
        """Know some secrets by their values, empty ones apart, and others by the names of their properties.

        `sensitive` has the names that a contract marks, each with what is secret: true for all, `query` for a URL's.
        """
        self._sensitive: Final = dict(sensitive or {})
        names = "|".join([*(re.escape(it) for it, what in self._sensitive.items() if what is True), *_WORDS])
        self._in_json: Final = re.compile(rf'("({names})"\s*:\s*)("(?:[^"\\]|\\.)*"|[^,}}\s]+)', re.I)
        pattern = rf"\b((?:{names})\\*[\"']?\s*[:=]\s*\\*[\"']?)(?!\[|\")([^\s\"'\\,;&}}]+)"
        self._elsewhere: Final = re.compile(pattern, re.I)
        # The longest first: one secret may be a part of another.
        self._known = sorted(((value, role) for role, value in known if value), key=lambda it: -len(it[0]))
        self._values: Final = [(re.compile(_anywhere(value)), f"[{role}]") for value, role in self._known]

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by its role."""
        for value, mark in self._values:
            text = value.sub(lambda _, mark=mark: mark, text)  # type: ignore[misc]
        text = _IN_HEADER.sub(r"\1: [masked]", text)
        text = self._in_json.sub(r'\1"[\2]"', text)
        text = self._elsewhere.sub(r"\1[masked]", text)
        return _IN_QUERY.sub(r"\1[subscription key]", _IN_URL.sub(r"\1[pwd]", text))

    def secrets_in(self, said: Json | NotJson) -> list[tuple[str, str]]:
        """The secrets that an answer brings under their names, so that they are known wherever else they stand."""
        found: dict[str, str] = {}

        def look(node: Json) -> None:
            for name, value in node.items() if isinstance(node, dict) else ():
                what = self._sensitive.get(name)
                for secret in (_query_values(value) if what == "query" else [value]) if what else ():
                    if isinstance(secret, str) and len(secret) >= _SHORTEST:
                        found[secret] = "pwd" if what == "query" else name
                look(value)
            for item in node if isinstance(node, list) else ():
                look(item)

        look(said)
        return [(role, secret) for secret, role in found.items()]

    def knowing(self, more: Secrets) -> Self:
        """A mask that knows further secrets."""
        return type(self)([*((role, value) for value, role in self._known), *more], self._sensitive)


def _anywhere(value: str) -> str:
    """A pattern of a secret: of a short one, as a word of its own and no part of a date, a time or a number."""
    pattern = re.escape(value)
    return pattern if len(value) >= _LONG else rf"(?<!\w)(?<!\d[-:.]){pattern}(?!\w)(?![-:.]\d)"


def _query_values(url: Any) -> list[str]:
    try:
        return [value for _, value in parse_qsl(urlsplit(url).query)] if isinstance(url, str) else []
    except ValueError:
        return []


def harmless(text: str, most: int | None = None) -> str:
    """A text in which nothing moves a cursor, turns the writing direction or breaks a file; cut if it is too long.

    Tabs and line feeds stay. The rest of the control characters, and lone surrogates, become escapes.
    """
    if most is not None and len(text) > most:
        text = f"{text[:most]} … ({len(text)} characters)"
    return _HARMFUL.sub(lambda match: ascii(match[0])[1:-1], text)

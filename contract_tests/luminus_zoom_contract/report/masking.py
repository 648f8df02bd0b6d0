"""What may be shown: secrets masked by their role, and text of others made harmless.

What is a secret is known, by its value or by the name that it stands under, so that no other text is touched.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from luminus_zoom_contract.spec.document import Json, NotJson

_NAMES: Final = "meetingPassword|hostKey|password|passcode"
_IN_JSON: Final = re.compile(rf'("({_NAMES})"\s*:\s*)("(?:[^"\\]|\\.)*"|[^,}}\s]+)', re.I)
_ELSEWHERE: Final = re.compile(rf"\b((?:{_NAMES})\\*[\"']?\s*[:=]\s*\\*[\"']?)(?!\[|\")([^\s\"'\\,;&}}]+)", re.I)
_IN_URL: Final = re.compile(r"([?&]pwd=)[^\s\"'\\&,}]+", re.I)
_IN_HEADER: Final = re.compile(r"^(ocp-apim-subscription-key|authorization|cookie|set-cookie):[^\r\n]*", re.I | re.M)
_IN_QUERY: Final = re.compile(r"([?&]subscription-key=)[^\s&\"']+", re.I)
_SHORTEST: Final = 4
_HARMFUL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

Secrets = Iterable[tuple[str, str]]
"""Secrets, each as (role, value)."""


class Mask:
    """Replaces secrets in texts that people or files get to see."""

    def __init__(self, known: Secrets = ()) -> None:
        """Know some secrets by their values, empty ones apart."""
        # The longest first: one secret may be a part of another.
        self._known = sorted(((value, role) for role, value in known if value), key=lambda it: -len(it[0]))

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by its role."""
        for value, role in self._known:
            text = text.replace(value, f"[{role}]")
        text = _IN_HEADER.sub(r"\1: [masked]", text)
        text = _IN_JSON.sub(r'\1"[\2]"', text)
        text = _ELSEWHERE.sub(r"\1[masked]", text)
        return _IN_QUERY.sub(r"\1[subscription key]", _IN_URL.sub(r"\1[pwd]", text))

    def knowing(self, more: Secrets) -> Self:
        """A mask that knows further secrets."""
        return type(self)([*((role, value) for value, role in self._known), *more])


def secrets_in(said: Json | NotJson) -> list[tuple[str, str]]:
    """The secrets that an answer brings under their names, so that they are known wherever else they stand."""
    found = {}
    for name in ("meetingPassword", "hostKey", "joinUrl"):
        value = said.get(name) if isinstance(said, dict) else None
        secret = _pwd(value) if name == "joinUrl" else value
        if isinstance(secret, str) and len(secret) >= _SHORTEST:
            found[secret] = "pwd" if name == "joinUrl" else name
    return [(role, secret) for secret, role in found.items()]


def _pwd(url: Any) -> str | None:
    try:
        return dict(parse_qsl(urlsplit(url).query)).get("pwd") if isinstance(url, str) else None
    except ValueError:
        return None


def harmless(text: str, most: int | None = None) -> str:
    """A text in which nothing moves a cursor, turns the writing direction or breaks a file; cut if it is too long.

    Tabs and line feeds stay. The rest of the control characters, and lone surrogates, become escapes.
    """
    if most is not None and len(text) > most:
        text = f"{text[:most]} … ({len(text)} characters)"
    return _HARMFUL.sub(lambda match: ascii(match[0])[1:-1], text)

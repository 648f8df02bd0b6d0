"""Secrets masked by their role: what is a secret is known, so no other text is touched."""

import re
from collections.abc import Iterable
from typing import Final

_IN_JSON: Final = re.compile(r'("(meetingPassword|hostKey)"\s*:\s*)("(?:[^"\\]|\\.)*"|[^,}\s]+)')
_IN_URL: Final = re.compile(r"([?&]pwd=)[^\s\"&,}]+")
_IN_HEADER: Final = re.compile(r"^(ocp-apim-subscription-key|authorization|cookie|set-cookie):[^\r\n]*", re.I | re.M)
_IN_QUERY: Final = re.compile(r"([?&]subscription-key=)[^\s&\"]+", re.I)


class Mask:
    """Replaces secrets in texts that people or files get to see."""

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        """Know the run's own secrets, each as (role, value)."""
        self._known = [(value, f"[{role}]") for role, value in known if value]

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by its role."""
        for value, role in self._known:
            text = text.replace(value, role)
        text = _IN_HEADER.sub(r"\1: [masked]", text)
        text = _IN_JSON.sub(r'\1"[\2]"', text)
        return _IN_QUERY.sub(r"\1[subscription key]", _IN_URL.sub(r"\1[pwd]", text))

"""Keep secrets out of everything that is printed, logged, raised or pickled."""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, Self

MASK = "***"

_URL_SECRET = re.compile(r"((?:pwd|zak|subscription-key|access_token)(?:=|%3D))[^&\s\"'<>\\#]+", re.IGNORECASE)
_URL_USER = re.compile(r"(\w://)[^/?#\s\"'<>]{1,500}@")
_MARKS = ('"', "</", "pwd", "zak", "subscription-key", "access_token", "://", "bearer")
"""A text without any of these has nothing to mask. To look for them is faster than to try the patterns."""
_BEARER = re.compile(r"(bearer\s+)[A-Za-z0-9._~+/=-]{20,}", re.IGNORECASE)


@functools.cache
def _properties() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds a property that is secret by the contract (x-sensitive), or a password, in JSON and in XML.

    In any spacing and spelling (hostKey, host_key), also where the JSON is cut off or is itself quoted inside a JSON
    string. The quantifiers are possessive: a server must not be able to make this slow.
    """
    from luminus_zoom_api.limits import SENSITIVE  # Takes long to import.

    names = "|".join(
        (*(re.sub(r"(?<=[a-z])(?=[A-Z])", "_?", name) for name in SENSITIVE), r"\w{0,40}pass(?:word|code)")
    )
    in_json = re.compile(
        rf'("(?:{names})(\\*")\s*+:\s*+)'
        r'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+'  # a string
        r'|\\+"[^"\\]*+(?:\\++[^"\\][^"\\]*+)*+'  # a string inside a string
        r"|[\[{][^\]}]*+[\]}]?|-?\d[\d.eE+-]*+)"
        r'(?:\\*")?',
        re.IGNORECASE | re.DOTALL,
    )
    return in_json, re.compile(rf"(<(?:\w{{1,40}}:)?(?:{names})\b[^<>]*+>(?:<!\[CDATA\[)?)[^<]++", re.IGNORECASE)


class Secret:
    """A credential that only `reveal` shows.

    It is no `str`: tracebacks with locals, debuggers and loggers print slices, formats and copies of strings. What is
    not text, such as bytes, is kept too, so that it can be refused without being shown.
    """

    __slots__ = ("reveal",)

    reveal: Callable[[], Any]
    """Gives the credential, which is no attribute: what pickles or prints all attributes does not meet it."""

    def __init__(self, value: object) -> None:
        self.reveal = lambda: value

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a credential is not pickled: pass it anew where it is needed")


def hidden(credential: Any) -> Any:
    """The credential as a `Secret`, which tracebacks do not show. A callable, a `Secret` and None are unchanged."""
    if credential is None or callable(credential) or isinstance(credential, Secret):
        return credential
    return Secret(credential)


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with credentials, passwords and host keys replaced by ``***``. JSON stays JSON."""
    # The longest first: one secret may be a part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    lowered = text.lower()
    if not any(mark in lowered for mark in _MARKS):
        return text
    in_json, in_xml = _properties()
    text = in_xml.sub(rf"\1{MASK}", in_json.sub(rf"\1\2{MASK}\2", text))
    text = _URL_SECRET.sub(rf"\1{MASK}", text)
    text = _URL_USER.sub(rf"\1{MASK}@", text)
    return _BEARER.sub(rf"\1{MASK}", text)


SECRET_HEADERS = frozenset(
    ("authorization", "ocp-apim-subscription-key", "cookie", "set-cookie", "proxy-authorization")
)


def mask_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    """Headers with credentials and cookies masked."""
    text = "\n".join(headers.values())
    if mask_text(text, secrets) == text and SECRET_HEADERS.isdisjoint(map(str.lower, headers)):
        return dict(headers)
    return {
        name: MASK if name.lower() in SECRET_HEADERS else mask_text(value, secrets) for name, value in headers.items()
    }

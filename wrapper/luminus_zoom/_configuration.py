"""The settings of a client: credentials, base URL, times, hooks. Wrong ones are refused with a reason."""

import inspect
import ipaddress
import numbers
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import attrs

from ._call import Policy
from ._observe import Hook
from ._secrets import Secret, hidden
from .errors import ConfigurationError

LONGEST = 86_400
"""Seconds that a phase or a call may take: a day."""

_HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
_PATH = re.compile(r"[\w.~!$&'()*+,;=:%/-]*", re.ASCII)


def checked_base_url(base_url: object, *, allow_http: bool) -> str:
    """The base URL without a slash at its end.

    Raises:
        ConfigurationError: it is not an http(s) URL, holds credentials or a query, or is plain http to another machine.
    """
    # Its text is not quoted: it may hold a password.
    if not isinstance(base_url, str) or not re.fullmatch(r"https?://[!-~]+", base_url) or not is_url(base_url):
        raise ConfigurationError.of(
            "base_url must be https:// and a host, in ASCII without spaces (http:// is allowed for this machine)."
        )
    if re.search(r"[@?#\\]", base_url):
        raise ConfigurationError.of("base_url must have no user, password, query or fragment.")
    parts = urlsplit(base_url)
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname or ""):
        raise ConfigurationError.of(
            "base_url is plain http, which sends the credentials unencrypted. Use https, or pass allow_http=True."
        )
    return base_url.rstrip("/")


def is_unset(option: object) -> bool:
    """Whether a text option is None or empty. Nothing is asked of other types: pandas.NA has no truth value."""
    return option is None or (isinstance(option, str) and not option)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_url(text: str) -> bool:
    """Whether a URL has a host and can be sent as it is (RFC 3986)."""
    try:
        parts = urlsplit(text)  # which checks what stands in brackets
        host, port = parts.hostname or "", parts.port
        if "[" not in parts.netloc and host.rpartition(".")[2].isdigit():
            ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return port != 0 and bool(_HOST.fullmatch(host)) and bool(_PATH.fullmatch(parts.path))


def credential(given: Any, variable: str) -> Any:
    """The credential that was passed, else the environment's, as a `Secret`; None if there is neither."""
    given = hidden(given)
    if given is None or (isinstance(given, Secret) and given.reveal() == ""):
        return hidden(os.environ.get(variable) or None)
    return given


def check_credential(name: str, value: object) -> None:
    """Refuse a credential that no header can carry (RFC 9110, 5.5), without quoting it.

    Raises:
        ConfigurationError: it is not text, or has white space, control characters or characters outside ASCII.
    """
    text = value.reveal() if isinstance(value, Secret) else None
    problem = None
    if inspect.isawaitable(text):
        problem = f"the callable that gives the {name} is async, which only AsyncZoomClient accepts."
    elif isinstance(text, str) and text.lower().startswith("bearer "):
        problem = f'the {name} begins with the word "Bearer". Leave it out: the library writes it.'
    elif not isinstance(text, str) or not re.fullmatch(r"[!-~]+", text):
        problem = (
            f"the {name} must be printable ASCII text without white space. "
            "Was it copied with a space, a line break or quotation marks?"
        )
    del text  # A traceback may show local variables.
    if problem:
        raise ConfigurationError.of(problem)


def checked_policy(policy: Policy, given: Mapping[str, Any]) -> Policy:
    """The policy with what was given in its place; None stands for what the policy has.

    Raises:
        ConfigurationError: a value is of another type, or out of range; all of them are named.
    """
    values: dict[str, Any] = {
        name: value.total_seconds() if isinstance(value, timedelta) else plain_number(value)
        for name, value in given.items()
        if value is not None
    }
    problems = [f"{name} must be {RULES[name][1]}" for name, value in values.items() if not RULES[name][0](value)]
    if problems:
        raise ConfigurationError.of(f"{'; '.join(problems)}.")
    return attrs.evolve(policy, **values) if values else policy


def plain_number(value: Any) -> Any:
    """A number as Python's own, which is all that sockets take: not numpy's float32, no Fraction. Else the value."""
    kind: Any = int if isinstance(value, numbers.Integral) else float
    is_plain = isinstance(value, int | float) or not isinstance(value, numbers.Real)
    try:
        return value if is_plain else kind(value)
    except (TypeError, ValueError, OverflowError):
        return value  # numpy's timedelta64 says that it is a whole number, and cannot become one.


def is_number(value: object, kind: Any) -> bool:
    """Whether a value is a number of this kind. A bool is none."""
    return isinstance(value, kind) and not isinstance(value, bool)


SECONDS = (
    lambda value: is_number(value, float | int) and 0 < value <= LONGEST,
    f"seconds or a timedelta, more than 0, at most {LONGEST} s",
)
RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "timeout": SECONDS,
    "deadline": SECONDS,
    "retries": (lambda value: is_number(value, int) and value >= 0, "a whole number, 0 or more"),
    "strict": (lambda value: isinstance(value, bool), "True or False"),
}


def checked_hooks(hooks: Any) -> tuple[Hook, ...]:
    """The hooks.

    Raises:
        ConfigurationError: they are not callables in a list or another iterable.
    """
    listed = tuple(hooks) if isinstance(hooks, Iterable) else ()
    if not isinstance(hooks, Iterable) or not all(map(callable, listed)):
        raise ConfigurationError.of("hooks must be a list of callables.")
    return listed

"""The settings of a client: credentials, base URL, times, hooks. Wrong ones are refused with a reason."""

import inspect
import ipaddress
import numbers
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypedDict
from urllib.parse import urlsplit

import attrs
from attrs import frozen

from luminus_zoom_api.limits import SERVER_URL

from . import __version__
from ._call import Policy
from ._observe import Hook
from ._secrets import Secret, hidden
from .errors import ConfigurationError

LONGEST = 86_400
"""Seconds that a phase or a call may take: a day."""

_HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
_PATH = re.compile(r"[\w.~!$&'()*+,;=:%/-]*", re.ASCII)


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that both clients take, and `with_options`, apart from the credentials and http_client."""

    base_url: str | None
    timeout: float | timedelta | None
    deadline: float | timedelta | None
    retries: int | None
    strict: bool | None
    hooks: Iterable[Hook]
    user_agent: str | None
    allow_http: bool


OPTION_DEFAULTS: Mapping[str, Any] = {
    **attrs.asdict(Policy()),
    "base_url": None,
    "hooks": (),
    "user_agent": None,
    "allow_http": False,
}


@frozen
class Configuration:
    """What a client was set up with, checked."""

    base_url: str
    user_agent: str
    policy: Policy
    hooks: tuple[Hook, ...]


def configuration(key: Secret | None, token: Any, given: Mapping[str, Any]) -> Configuration:
    """The settings of a client from its credentials and `ClientOptions`.

    Raises:
        ConfigurationError: some of them make no sense; all of these are named.
    """
    options = {**OPTION_DEFAULTS, **given}
    base_url, user_agent, hooks, allow_http = (
        options[name] for name in ("base_url", "user_agent", "hooks", "allow_http")
    )
    if is_unset(base_url):
        base_url = os.environ.get("LUMINUS_BASE_URL") or SERVER_URL
    if is_unset(user_agent):
        user_agent = f"luminus-zoom/{__version__} python/{'.'.join(map(str, sys.version_info[:3]))}"
    hooks = tuple(hooks) if isinstance(hooks, Iterable) else hooks
    times = policy_values(options)
    faults = [
        base_url_fault(base_url, allow_http=allow_http),
        key_fault(key, is_needed=token is None or base_url == SERVER_URL),
        credential_fault("token", token) if isinstance(token, Secret) else None,
        *policy_faults(times),
        None if isinstance(hooks, tuple) and all(map(callable, hooks)) else "hooks must be a list of callables.",
        None if is_header(user_agent) else "user_agent must be printable ASCII text.",
        None if isinstance(allow_http, bool) else "allow_http must be True or False.",
    ]
    refuse(faults)
    return Configuration(base_url.rstrip("/"), user_agent, Policy(**times), hooks)


def refuse(faults: Iterable[str | None]) -> None:
    """Raise an error that names the faults, if there is one.

    Raises:
        ConfigurationError: there is.
    """
    if found := list(filter(None, faults)):
        raise ConfigurationError.of(*found)


def is_unset(option: object) -> bool:
    """Whether a text option is None or empty. Nothing is asked of other types: pandas.NA has no truth value."""
    return option is None or (isinstance(option, str) and not option)


def is_header(value: object) -> bool:
    """Whether a value can be a header as it is (RFC 9110, 5.5)."""
    return isinstance(value, str) and re.fullmatch(r"[!-~]([ -~]*[!-~])?", value) is not None


def base_url_fault(base_url: object, *, allow_http: bool) -> str | None:
    """Why a base URL is refused: no http(s) URL, with credentials or a query, or plain http to another machine."""
    # Its text is not quoted: it may hold a password.
    if not isinstance(base_url, str) or not re.fullmatch(r"https?://[!-~]+", base_url) or not is_url(base_url):
        return "base_url must be https:// and a host, in ASCII without spaces (http:// is allowed for this machine)."
    if re.search(r"[@?#\\]", base_url):
        return "base_url must have no user, password, query or fragment."
    parts = urlsplit(base_url)
    if parts.scheme == "http" and allow_http is not True and not is_loopback(parts.hostname or ""):
        return "base_url is plain http, which sends the credentials unencrypted. Use https, or pass allow_http=True."
    return None


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
    if given is None or (isinstance(given, Secret) and is_unset(given.reveal())):
        return hidden(os.environ.get(variable) or None)
    return given


def key_fault(key: Secret | None, *, is_needed: bool) -> str | None:
    """Why a subscription key is refused. One that only another server than the documented one needs may be missing."""
    if key is not None:
        return credential_fault("subscription key", key)
    missing = "there is no subscription key. Pass subscription_key= or set LUMINUS_SUBSCRIPTION_KEY."
    return missing if is_needed else None


def credential_fault(name: str, value: object) -> str | None:
    """Why no header can carry a credential (RFC 9110, 5.5), without quoting it."""
    text = value.reveal() if isinstance(value, Secret) else None
    if inspect.isawaitable(text):
        return f"the callable that gives the {name} is async, which only AsyncZoomClient accepts."
    if isinstance(text, str) and text.lower().startswith("bearer "):
        return f'the {name} begins with the word "Bearer". Leave it out: the library writes it.'
    if isinstance(text, str) and re.fullmatch(r"[!-~]+", text):
        return None
    return (
        f"the {name} must be printable ASCII text without white space. "
        "Was it copied with a space, a line break or quotation marks?"
    )


def changed_policy(policy: Policy, given: Mapping[str, Any]) -> Policy:
    """The policy with what was given in its place; None stands for what the policy has.

    Raises:
        ConfigurationError: a value is of another type, or out of range; all of them are named.
    """
    values = policy_values(given)
    refuse(policy_faults(values))
    return attrs.evolve(policy, **values) if values else policy


def policy_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """What of a policy is given, as plain numbers."""
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else plain_number(value)
        for name in RULES
        if (value := given[name]) is not None
    }


def policy_faults(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the values of a policy."""
    return [f"{name} must be {RULES[name][1]}." for name, value in values.items() if not RULES[name][0](value)]


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

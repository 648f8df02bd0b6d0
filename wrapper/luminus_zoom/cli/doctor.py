"""`luminus-zoom doctor`: is everything in place? Nothing is created, and no credential is sent."""

import base64
import binascii
import json
import os
import platform
import re
import ssl
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import click
from attrs import frozen

from luminus_zoom import ZoomClient, ZoomError, __version__
from luminus_zoom._secrets import Secret, mask_text
from luminus_zoom._transport import default_client

from .exits import Exit, Refusal
from .settings import SECRETS, Connection, config_path, connection_of, connection_options
from .show import console

SHOWN_PACKAGES = ("httpx", "anyio", "click", "rich", "SQLAlchemy", "python-calamine", "icalendar", "XlsxWriter")
SKEW = timedelta(minutes=2)
"""How much this machine's clock may differ from the gateway's."""
_AZURE_KEY = re.compile(r"[0-9a-f]{32}")
_COLOURS = {"ok": "green", "note": "yellow", "fault": "red"}


@frozen
class Finding:
    """One thing that was looked at."""

    level: Literal["ok", "note", "fault"]
    about: str
    text: str


Findings = Iterator[Finding]


@click.command()
@connection_options
def doctor(**given: Any) -> int:
    """Check configuration, gateway, clock and versions. Nothing is created, and no credential is sent."""
    printed = console()
    is_well = True
    for finding in _all(given):
        mark = finding.level.upper() if finding.level == "fault" else finding.level
        printed.print(f"[{_COLOURS[finding.level]}]{mark:<5}[/] ", end="")
        printed.print(f"{finding.about}: {finding.text}", markup=False, soft_wrap=True)
        is_well = is_well and finding.level != "fault"
    return Exit.CREATED if is_well else Exit.NOT_SENT


def _all(given: Mapping[str, Any]) -> Findings:
    yield from _versions()
    try:
        connection = connection_of(given)
        options = connection.client_options()
    except Refusal as error:
        yield Finding("fault", "configuration", error.message)
        return
    yield from _configuration(connection)
    for name in SECRETS:
        yield from _credential(name, options[name], connection)
    try:
        options["subscription_key"] = options["subscription_key"] or "none"
        with ZoomClient(**options) as zoom:
            url = zoom.base_url
    except ZoomError as error:
        yield Finding(
            "fault", "configuration", re.sub(r"^No meeting was created(, nothing was sent)?: ", "", str(error))
        )
        return
    yield from _network(url)
    yield from _gateway(url)


def _versions() -> Findings:
    yield Finding(
        "ok", "versions", f"luminus-zoom {__version__}, Python {platform.python_version()}, {platform.system()}"
    )
    found = []
    for package in SHOWN_PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            yield Finding("note", "versions", f"{package} is not installed")
    yield Finding("ok", "versions", ", ".join([*found, ssl.OPENSSL_VERSION]))


def _configuration(connection: Connection) -> Findings:
    path = connection.config_file or config_path()
    if not path.is_file():
        yield Finding("ok", "configuration", f"no file {path}")
        return
    names = ", ".join(connection.config) or "nothing"
    yield Finding("ok", "configuration", f"{path} sets {names}")
    holds_secret = any(name in connection.config for name in SECRETS)
    if holds_secret and os.name == "posix" and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield Finding("fault", "configuration", f"others can read the credential in it: chmod 600 {path}")


def _credential(name: str, value: Any, connection: Connection) -> Findings:
    about = name.replace("_", " ")
    if callable(value):
        try:
            value = Secret(value())
        except Refusal as error:
            yield Finding("fault", about, error.message)
            return
    if value is None:
        advice = f"set LUMINUS_{name.upper()}, or pass --{name.replace('_', '-')}-file FILE"
        yield Finding("fault" if name == "subscription_key" else "note", about, f"there is none: {advice}")
        return
    source = connection.sources[name]
    level, text = (_key_shape if name == "subscription_key" else _token_shape)(value.reveal())
    yield Finding(level, about, f"from {source}: {text}")


Shape = tuple[Literal["ok", "note", "fault"], str]


def _key_shape(key: str) -> Shape:
    if _AZURE_KEY.fullmatch(key):
        return "ok", "32 hexadecimal digits, as the gateway's keys"
    return "note", f"{len(key)} characters, where the gateway's keys have 32 hexadecimal digits"


def _token_shape(token: str) -> Shape:
    """What can be told of a token without sending it: a JSON Web Token says when it ends."""
    try:
        claims = token.split(".")[1]
        ends = datetime.fromtimestamp(json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, binascii.Error):
        return "ok", f"{len(token)} characters, of an unknown kind"
    left = ends - datetime.now(UTC)
    if left < timedelta():
        return "fault", f"it ended on {ends:%Y-%m-%d %H:%M} UTC: get a new one"
    return "ok", f"it ends on {ends:%Y-%m-%d %H:%M} UTC"


def _network(url: str) -> Findings:
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and not proxy_bypass(parts.hostname or ""):
        yield Finding("ok", "proxy", mask_text(proxy))
    else:
        yield Finding("ok", "proxy", "none")
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if value := os.environ.get(variable):
            level: Literal["ok", "fault"] = "ok" if Path(value).exists() else "fault"
            yield Finding(level, "certificates", f"{variable}={value}" + ("" if level == "ok" else " does not exist"))
            return
    yield Finding("ok", "certificates", "those that httpx brings")


def _gateway(url: str) -> Findings:
    """Whether something answers. A GET creates nothing, and it carries no credentials."""
    before = datetime.now(UTC)
    try:
        with default_client("Client") as http:
            answer = http.get(url, timeout=15)
    except Exception as error:  # Those of the HTTP library, and the client's own refusals.
        yield Finding("fault", "gateway", f"{url} cannot be reached: {mask_text(str(error)) or type(error).__name__}")
        return
    seconds = (datetime.now(UTC) - before).total_seconds()
    yield Finding("ok", "gateway", f"{url} answers with status {answer.status_code} in {seconds:.2f} s")
    yield from _clock(answer.headers.get("date"), lambda: datetime.now(UTC))
    yield Finding("note", "gateway", "only a call that creates a meeting tells whether key and token are accepted")


def _clock(date: str | None, now: Callable[[], datetime]) -> Findings:
    try:
        skew = now() - parsedate_to_datetime(date or "")
    except (TypeError, ValueError):
        yield Finding("note", "clock", "the gateway does not tell the time")
        return
    if abs(skew) > SKEW:
        yield Finding("fault", "clock", f"this machine's differs from the gateway's by {abs(skew)}: set it")
    else:
        yield Finding("ok", "clock", "agrees with the gateway's")

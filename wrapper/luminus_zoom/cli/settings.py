"""The configuration of the command: options over environment over config.toml.

A key or token never stands in a command line, where every user of the machine can read it. It comes from a file, from
standard input, from the environment, from a command, or from the keyring of the operating system.
"""

import difflib
import os
import re
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any

import click
from attrs import Factory, define

from luminus_zoom._secrets import hidden
from luminus_zoom.scheduling.cells import CellError, read_zone

from .exits import refuse

APPLICATION = "luminus-zoom"
SECRETS = ("subscription_key", "token")
_NUMBERS = ("timeout", "deadline")
KEYS: Mapping[str, type | tuple[type, ...]] = {
    "base_url": str,
    "tz": str,
    **dict.fromkeys(_NUMBERS, (int, float)),
    "allow_http": bool,
    "modules": dict,
    **dict.fromkeys(SECRETS, str),
    **{f"{name}_command": list for name in SECRETS},
    **{f"{name}_keyring": bool for name in SECRETS},
}
"""What config.toml may have."""
TOKEN_LIFE = 300.0
"""Seconds for which the token that a command printed is used, before the command is asked again."""


def config_path() -> Path:
    """Where config.toml is, if no option and no variable says otherwise."""
    from platformdirs import user_config_path

    return user_config_path(APPLICATION, appauthor=False) / "config.toml"


def read_config(path: Path | None) -> dict[str, Any]:
    """The configuration file. Without a path, there may be none.

    Raises:
        Refusal: it cannot be read, or has what it cannot have.
    """
    file = path or config_path()
    try:
        config = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path is None:
            return {}
        refuse(f"{file} does not exist.")
    except (OSError, ValueError) as error:
        refuse(f"{file} cannot be read: {str(error).splitlines()[0]}")
    for name, value in config.items():
        kind = KEYS.get(name)
        if kind is None:
            close = difflib.get_close_matches(name, KEYS)
            refuse(f"{file}: {name} is not known{f': did you mean {close[0]}?' if close else '.'}")
        # A bool is an int in Python.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            refuse(f"{file}: {name} must be {_TOML_NAMES[kind]}.")
    return config


_TOML_NAMES: Mapping[Any, str] = {
    str: "a text",
    (int, float): "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}


@define
class Connection:
    """How to reach the service: what the options, the environment and the configuration file say together."""

    config_file: Path | None
    options: Mapping[str, Any]
    config: dict[str, Any] = Factory(dict)
    sources: dict[str, str] = Factory(dict)
    """Where each credential comes from, for people."""

    def __attrs_post_init__(self) -> None:
        self.config = read_config(self.config_file)

    @property
    def modules(self) -> Mapping[str, str]:
        """The ids of modules by their codes."""
        return {str(code): str(module) for code, module in self.config.get("modules", {}).items()}

    def client_options(self, *, sends: bool = True) -> dict[str, Any]:
        """The keyword arguments of a client, credentials included. One that sends nothing needs no key."""
        names = ("base_url", "timeout", "deadline", "retries", "strict", "allow_http")
        given = {name: self._value(name) for name in names}
        found = {name: value for name, value in given.items() if value is not None}
        found |= {name: self.credential(name) for name in SECRETS}
        if not sends and found["subscription_key"] is None:
            found["subscription_key"] = "none"
        return found

    def _value(self, name: str) -> Any:
        value = self.options.get(name)
        if value is None and name == "base_url":
            value = os.environ.get("LUMINUS_BASE_URL") or None
        return self.config.get(name) if value is None else value

    def credential(self, name: str) -> Any:
        """A credential, None if there is none. A token that a command prints is asked for again while a run is long."""
        variable = f"LUMINUS_{name.upper()}"
        if file := self.options.get(f"{name}_file"):
            self.sources[name] = "standard input" if file == "-" else str(file)
            return hidden(_first_line(file))
        if os.environ.get(variable):
            self.sources[name] = f"the environment ({variable})"
            return hidden(os.environ[variable])
        if command := self.config.get(f"{name}_command"):
            self.sources[name] = f"the command {command[0]}"
            ask = _Command(name, [str(word) for word in command])
            return ask if name == "token" else hidden(ask())
        if self.config.get(f"{name}_keyring"):
            self.sources[name] = "the keyring"
            return hidden(_from_keyring(name.replace("_", "-")))
        if value := self.config.get(name):
            self.sources[name] = "config.toml"
            return hidden(value)
        return None


def _first_line(file: str) -> str:
    """The first line of a file, or of standard input."""
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        refuse(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.")
    lines = text.strip().splitlines()
    if not lines:
        refuse(f"{'standard input' if file == '-' else file} is empty.")
    return lines[0].strip()


class _Command:
    """A command that prints a credential. What it prints is kept for a while."""

    def __init__(self, name: str, words: list[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._words = words
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: Any = None
        self._until = 0.0

    def __call__(self) -> str:
        """The credential."""
        with self._lock:
            if self._kept is None or self._clock() >= self._until:
                self._kept = hidden(self._printed())
                self._until = self._clock() + TOKEN_LIFE
            text: str = self._kept.reveal()
            return text

    def _printed(self) -> str:
        try:
            # The person's own command, from the person's own file.
            ran = subprocess.run(self._words, stdout=subprocess.PIPE, text=True, check=True, timeout=60)  # noqa: S603
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            refuse(f"{self._name}_command ({self._words[0]}) failed: {_why(error)}.")
        lines = ran.stdout.strip().splitlines()
        if not lines:
            refuse(f"{self._name}_command ({self._words[0]}) printed nothing.")
        return lines[0]


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"exit code {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return "it took longer than 60 seconds"
    if isinstance(error, FileNotFoundError):
        return "there is no such program"
    return getattr(error, "strerror", None) or str(error)


def _from_keyring(user: str) -> str:
    try:
        import keyring
    except ImportError:
        refuse("The keyring needs an extra: pip install 'luminus-zoom[keyring]'")
    try:
        value: str | None = keyring.get_password(APPLICATION, user)
    except Exception as error:  # Each system's keyring has errors of its own.
        refuse(f"The keyring cannot be read: {_first_sentence(error)}")
    if not value:
        refuse(f"The keyring has no {user}. Store it: keyring set {APPLICATION} {user}")
    return value


def _first_sentence(error: Exception) -> str:
    """Some keyrings explain at length."""
    return re.split(r"(?<=\.)\s|\n", str(error))[0] or type(error).__name__


def connection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how to reach the service."""
    readable = click.Path(allow_dash=True)
    options = [
        click.option("--config", "config_file", type=click.Path(path_type=Path), envvar="LUMINUS_CONFIG",
                     help="Configuration file instead of config.toml in the folder of this platform."),
        click.option("--base-url", metavar="URL", help="Where the API is. Default: LUMINUS_BASE_URL, or the gateway."),
        click.option("--subscription-key-file", type=readable, metavar="FILE",
                     help="File with the subscription key; - reads standard input. Else LUMINUS_SUBSCRIPTION_KEY."),
        click.option("--token-file", type=readable, metavar="FILE",
                     help="File with the bearer token; - reads standard input. Else LUMINUS_TOKEN."),
        click.option("--timeout", type=float, metavar="SECONDS", help="For each phase of an attempt."),
        click.option("--deadline", type=float, metavar="SECONDS", help="For a whole call."),
        click.option("--allow-http", is_flag=True, default=None, help="Allow plain http to other machines."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def connection_of(given: Mapping[str, Any]) -> Connection:
    """The connection for the values of the options."""
    if given.get("subscription_key_file") == given.get("token_file") == "-":
        refuse("Only one of the two credentials can come from standard input.")
    return Connection(given.get("config_file"), given)


def zone_of(given: tzinfo | None, connection: Connection) -> tzinfo | None:
    """The time zone of times without one: the option's or the environment's, else the configuration file's."""
    name = connection.config.get("tz")
    try:
        return given or (read_zone(name) if name else None)
    except CellError as error:
        refuse(f"tz in config.toml: {error}")

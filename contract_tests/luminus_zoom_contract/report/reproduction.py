"""How a person repeats a request: as a curl command, and as a call of the wrapper where that sends the same.

Secrets are placeholders: the shell's variables in one, and in the other nothing, since the wrapper reads those itself.
"""

import json
import re
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from luminus_zoom_contract.cases.case import KEY_HEADER, Case, Credentials, encode
from luminus_zoom_contract.run.transport import HttpRequest

_LONGEST: Final = 4000
_PRINTABLE: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]*")
_PART: Final = 6
"""Characters of a secret that give too much of it away."""


class Reproduction:
    """Writes down requests to one endpoint; `origin` is its scheme, host and port."""

    def __init__(self, origin: str, credentials: Credentials) -> None:
        self._origin: Final = origin
        self._credentials: Final = credentials
        names = ("SUBSCRIPTION_KEY", "TOKEN", "FORBIDDEN_KEY")
        pairs = zip(names, (value for _, value in credentials.secrets()), strict=True)
        self._variables: Final = {value: f"${{LUMINUS_{name}}}" for name, value in pairs if value}

    def curl(self, request: HttpRequest) -> str:
        """The request as a command for a POSIX shell; empty where it would be too long to paste."""
        if len(request.body) > _LONGEST or len(request.target) > _LONGEST:
            return ""
        names = {name.lower() for name, _ in request.headers}
        own = ("User-Agent", "Accept", *(("Content-Type",) if request.body else ()))
        lines = [
            "curl --silent --show-error --include --globoff --path-as-is",
            "--head" if request.method == "HEAD" else f"--request {shlex.quote(request.method)}",
            *(f"--header {self._header(name, value)}" for name, value in request.headers if name.lower() != "host"),
            # What curl would add by itself.
            *(f"--header '{name}:'" for name in own if name.lower() not in names),
            *self._body(request),
            self._quoted(self._origin + request.target),
        ]
        return self._piped(request.body) + " \\\n  ".join(lines)

    def _header(self, name: str, value: str) -> str:
        return self._quoted(f"{name}: {value}" if value else f"{name};")

    def _quoted(self, text: str) -> str:
        """A word for the shell, whole secrets as variables and parts of one left out."""
        secrets = sorted(self._variables, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(re.escape, secrets))})", text) if secrets else [text]
        if len(pieces) > 1:
            return '"' + "".join(self._variables.get(it) or re.sub(r'([\\"$`])', r"\\\1", it) for it in pieces) + '"'
        return shlex.quote(self._without_parts(text))

    def _without_parts(self, text: str) -> str:
        for secret in self._variables:
            parts = {secret[place : place + _PART] for place in range(len(secret) - _PART + 1)}
            for part in sorted(parts):
                text = text.replace(part, "…")
        return re.sub("…[^ ]*", "[masked]", text)

    def _body(self, request: HttpRequest) -> list[str]:
        if not request.body:
            return ["--data-raw ''"] if request.method == "POST" else []
        text = _as_text(request.body)
        return ["--data-binary @-"] if text is None else [f"--data-raw {shlex.quote(text)}"]

    def _piped(self, body: bytes) -> str:
        """For bytes that no argument can hold: what writes them to curl's standard input."""
        if _as_text(body) is not None:
            return ""
        written = "".join(
            chr(byte) if 0x20 <= byte < 0x7F and byte not in b"\\%'" else f"\\{byte:03o}" if byte != 0x25 else "%%"
            for byte in body
        )
        return f"printf '{written}' | "

    def call(self, case: Case) -> str:
        """A runnable call of the wrapper that sends the case's body, or nothing where there is none."""
        if not isinstance(case.body, dict) or len(case.request.body) > _LONGEST or not self._is_plain(case.request):
            return ""
        base_url = self._origin + case.request.target.removesuffix("/Meeting")
        try:
            from luminus_zoom import ZoomClient  # a wrapper that is broken must not keep the suite from reporting

            arguments, extra = _arguments(case.body)
            with ZoomClient(base_url=base_url, subscription_key="0") as zoom:
                for options in ({}, {"validate": False}):
                    given: Any = {**arguments, **({"extra": extra} if extra else {}), **options}
                    if _sends(zoom, given, case.body):
                        return python_call(base_url, given)
        except Exception:
            return ""
        return ""

    def _is_plain(self, request: HttpRequest) -> bool:
        headers = {name.lower(): value for name, value in request.headers}
        plain = {"content-type": "application/json", KEY_HEADER.lower(): self._credentials.key}
        return (
            request.method == "POST"
            and request.target.endswith("/Meeting")
            and plain.items() <= headers.items()
            and headers.keys() <= {*plain, "host", "accept", "authorization", "user-agent"}
            and headers.get("authorization", "") == (self._credentials.token and f"Bearer {self._credentials.token}")
        )


def python_call(base_url: str, arguments: Mapping[str, Any]) -> str:
    """A script that calls the wrapper with some arguments; it finds the credentials in the environment."""
    lines = "".join(f"        {name}={_expression(value)},\n" for name, value in arguments.items())
    used = [name for name in ("datetime", "timedelta") if re.search(rf"={name}\b", lines)]
    names = [*(["Access"] if "=Access(" in lines else []), "ZoomClient"]
    return (
        (f"from datetime import {', '.join(used)}\n\n" if used else "")
        + f"from luminus_zoom import {', '.join(names)}\n\n"
        + f"with ZoomClient(base_url={base_url!r}) as zoom:  # LUMINUS_SUBSCRIPTION_KEY, LUMINUS_TOKEN\n"
        + f"    zoom.create_meeting(\n{lines}    )\n"
    )


def _sends(zoom: Any, given: Mapping[str, Any], body: Any) -> bool:
    try:
        sent = zoom.preview_meeting(**given).body
    except ValueError:
        return False
    # As text: 1, 1.0 and true are equal in Python.
    return bool(json.dumps(json.loads(sent), sort_keys=True) == json.dumps(json.loads(encode(body)), sort_keys=True))


def _arguments(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The wrapper's arguments for a body, and the properties that it has none for."""
    from luminus_zoom._arguments import PARAMETERS

    names = {parameter.wire: name for name, parameter in PARAMETERS.items()}
    known = {names[wire]: _argument(names[wire], value) for wire, value in body.items() if wire in names}
    return known, {wire: value for wire, value in body.items() if wire not in names}


def _argument(name: str, value: Any) -> Any:
    if name == "start" and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    if name == "alternative_hosts" and isinstance(value, str):
        return value.split(",")
    return _access(value) if name == "access" and isinstance(value, dict) else value


def _access(tree: Mapping[str, Any]) -> Any:
    from luminus_zoom import Access

    rights = {
        name: {item[id_name]: item["accessRole"] for item in tree[wire]}
        for name, wire, id_name in (("groups", "groupAccess", "groupID"), ("users", "userAccess", "userID"))
        if wire in tree
    }
    return Access(**rights, public=tree.get("publicAccess"), inherited_resource_id=tree.get("inheritedResourceID"))


def _expression(value: Any) -> str:
    """A value as Python that makes an equal one."""
    if isinstance(value, datetime):
        return f"datetime.fromisoformat({value.isoformat()!r})"
    if isinstance(value, timedelta):
        return f"timedelta(minutes={value / timedelta(minutes=1):g})"
    if type(value).__name__ == "Access":
        parts = {name: getattr(value, name) for name in ("groups", "users", "public", "inherited_resource_id")}
        return f"Access({', '.join(f'{name}={_expression(part)}' for name, part in parts.items() if part)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_expression(key)}: {_expression(item)}' for key, item in value.items())}}}"
    return repr(str(value)) if isinstance(value, UUID) else ascii(value) if not _shows(value) else repr(value)


def _shows(value: Any) -> bool:
    return not isinstance(value, str) or value.isprintable()


def _as_text(body: bytes) -> str | None:
    """A body as a shell's argument, or None where no argument or terminal could hold it."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if _PRINTABLE.fullmatch(text) else None

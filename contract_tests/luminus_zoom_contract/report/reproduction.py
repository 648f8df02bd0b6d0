"""How a person reads a request and its answer, and repeats it: as a curl command, whose secrets are shell variables."""

import re
import shlex
from typing import Final

from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.transport import HttpAnswer, HttpRequest

_LONGEST: Final = 4000
_SHOWN: Final = 2000
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


def _as_text(body: bytes) -> str | None:
    """A body as a shell's argument, or None where no argument or terminal could hold it."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if _PRINTABLE.fullmatch(text) else None


def shown_request(request: HttpRequest) -> str:
    """A request as text, cut where it is long; not masked yet."""
    raw = request.encode()
    return _cut(raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n"))


def shown_answer(answer: HttpAnswer) -> str:
    """An answer as text, cut where it is long; not masked yet."""
    head = "\n".join([f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in answer.headers), "", ""])
    return _cut(head + answer.body.decode("utf-8", "backslashreplace"))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} … ({len(text)} characters)"

"""`luminus-zoom doctor`: what is in place, what is not, and nothing is created."""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from luminus_zoom.cli import doctor
from luminus_zoom.cli.settings import config_path
from luminus_zoom_mock import MockServer

from .conftest import Command


def token(**claims: float) -> str:
    text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{text}.x"


def test_all_is_well(command: Command, mock: MockServer) -> None:
    ran = command("doctor")
    assert ran.code == 0
    assert "FAULT" not in ran.out
    assert "ok    subscription key: from the environment (LUMINUS_SUBSCRIPTION_KEY): 32 hexadecimal digits" in ran.out
    assert f"ok    gateway: {mock.base_url} answers with status 404" in ran.out
    assert "ok    clock: agrees with the gateway's" in ran.out
    assert "note  token: there is none: set LUMINUS_TOKEN, or pass --token-file FILE" in ran.out
    assert mock.meetings == []
    assert {request.headers.get("ocp-apim-subscription-key") for request in mock.requests} <= {None}


def test_a_gateway_that_cannot_be_reached(command: Command, mock: MockServer) -> None:
    ran = command("doctor", "--base-url", "http://127.0.0.1:9/zoom")
    assert ran.code == 4
    assert "FAULT gateway: http://127.0.0.1:9/zoom cannot be reached: [Errno 111]" in ran.out


def test_a_missing_key(command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUMINUS_SUBSCRIPTION_KEY")
    ran = command("doctor")
    assert ran.code == 4
    assert (
        "FAULT subscription key: there is none: set LUMINUS_SUBSCRIPTION_KEY, or pass --subscription-key-fi" in ran.out
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("short", "note  subscription key: from the environment (LUMINUS_SUBSCRIPTION_KEY): 5 characters, where the"),
        ("with space", "FAULT configuration: the subscription key must be printable ASCII text without white space."),
    ],
)
def test_an_odd_key(command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch, value: str, told: str) -> None:
    monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", value)
    assert told in command("doctor").out


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("abc", "ok    token: from the environment (LUMINUS_TOKEN): 3 characters, of an unknown kind"),
        ("a.b.c", "5 characters, of an unknown kind"),
        (token(iat=1), "characters, of an unknown kind"),
        (token(exp=4_070_908_800), "it ends on 2099-01-01 00:00 UTC"),
        (token(exp=1e300), "characters, of an unknown kind"),
        (token(exp=946_684_800), "FAULT token: from the environment (LUMINUS_TOKEN): it ended on 2000-01-01 00:00 UTC"),
    ],
)
def test_a_token(command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch, value: str, told: str) -> None:
    monkeypatch.setenv("LUMINUS_TOKEN", value)
    assert told in command("doctor").out


class TestConfiguration:
    def write(self, text: str, mode: int = 0o600) -> Path:
        path = config_path()
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def test_what_it_sets(self, command: Command, mock: MockServer) -> None:
        path = self.write("tz = 'Asia/Singapore'", 0o644)
        assert f"ok    configuration: {path} sets tz" in command("doctor").out

    def test_an_empty_one(self, command: Command, mock: MockServer) -> None:
        path = self.write("")
        assert f"{path} sets nothing" in command("doctor").out

    def test_one_that_cannot_be_read(self, command: Command, mock: MockServer) -> None:
        self.write("x = 1")
        ran = command("doctor")
        assert ran.code == 4
        assert "x is not known." in ran.out

    def test_a_secret_that_others_can_read(self, command: Command, mock: MockServer) -> None:
        path = self.write("token = 'abc'", 0o644)
        assert f"FAULT configuration: others can read the credential in it: chmod 600 {path}" in command("doctor").out
        path.chmod(stat.S_IRUSR)
        assert "others can read" not in command("doctor").out

    def test_a_token_command(self, command: Command, mock: MockServer) -> None:
        self.write("token_command = ['echo', 'abc']")
        assert "ok    token: from the command echo: 3 characters" in command("doctor").out

    def test_a_token_command_that_fails(self, command: Command, mock: MockServer) -> None:
        self.write("token_command = ['false']")
        assert "FAULT token: token_command (false) failed: exit code 1." in command("doctor").out


class TestNetwork:
    def test_a_proxy(self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
        out = command("doctor").out
        assert "ok    proxy: http://***@127.0.0.1:9" in out
        assert "secret" not in out

    def test_certificates(self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(variable, raising=False)
        assert "ok    certificates: those that httpx brings" in command("doctor").out
        monkeypatch.setenv("SSL_CERT_FILE", "no.pem")
        ran = command("doctor")
        assert ran.code == 4
        assert "FAULT certificates: SSL_CERT_FILE=no.pem does not exist" in ran.out

    @pytest.mark.parametrize(
        ("date", "told"),
        [
            (None, "note  clock: the gateway does not tell the time"),
            ("yesterday", "note  clock: the gateway does not tell the time"),
            (
                format_datetime(datetime(2027, 1, 18, 1, tzinfo=UTC)),
                "fault clock: this machine's differs from the gateway's by 1:00:00",
            ),
            (format_datetime(datetime(2027, 1, 18, 2, 1, tzinfo=UTC)), "ok    clock: agrees"),
        ],
    )
    def test_the_clock(self, date: str | None, told: str) -> None:
        (finding,) = doctor._clock(date, lambda: datetime(2027, 1, 18, 2, tzinfo=UTC))
        assert f"{finding.level:<5} {finding.about}: {finding.text}".startswith(told)
        assert timedelta(hours=1) > doctor.SKEW


def test_a_package_that_is_missing(command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SHOWN_PACKAGES", ("no-such-package",))
    assert "note  versions: no-such-package is not installed" in command("doctor").out

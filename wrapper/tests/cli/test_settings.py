"""Where the command's configuration comes from, and which goes first."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from luminus_zoom.cli.exits import Refusal
from luminus_zoom.cli.settings import Connection, _Command, config_path
from luminus_zoom_mock import MockServer

from .conftest import CREATE, MODULE, Command

KEY = "0123456789abcdef0123456789abcdef"


def configure(text: str) -> Path:
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def printing(text: str, code: int = 0) -> str:
    """A command in TOML that prints a text."""
    script = f"import sys; print({text!r}) ; sys.exit({code})"
    return f"[{sys.executable!r}, '-c', \"{script}\"]"


@pytest.fixture
def config(command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> MockServer:
    """A mock whose key the environment does not have."""
    monkeypatch.delenv("LUMINUS_SUBSCRIPTION_KEY")
    assert config_path().is_relative_to(Path.cwd())
    return mock


class TestFile:
    def test_everything_that_it_may_have(self, command: Command, config: MockServer) -> None:
        configure(
            f"base_url = '{config.base_url}'\ntz = 'Asia/Singapore'\ntimeout = 5\ndeadline = 9.5\nallow_http = false\n"
            f"subscription_key = '{config.subscription_key}'\n[modules]\nCS1010 = '{MODULE}'\n"
        )
        words = ["create", "--module", "cs1010", "--name", "x", "--start", "2099-01-19 10:00", "--duration", "90"]
        assert command(*words).code == 0
        assert config.requests[0].json["moduleID"] == MODULE

    def test_another_file(self, command: Command, config: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        Path("mine.toml").write_text(f"subscription_key = '{config.subscription_key}'")
        assert command(*CREATE, "--config", "mine.toml").code == 0
        monkeypatch.setenv("LUMINUS_CONFIG", "mine.toml")
        assert command(*CREATE).code == 0
        assert command(*CREATE, "--config", "no.toml") == (2, "", "Error: no.toml does not exist.\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("tz = ", "cannot be read: Invalid value (at end of document)"),
            ("subscription_kay = 'x'", "subscription_kay is not known: did you mean subscription_key?"),
            ("x = 1", "x is not known."),
            ("timeout = 'x'", "timeout must be a number or number."),
            ("modules = 1", "modules must be a table."),
            ("tz = 'SGT'", "tz in config.toml: 'SGT' is no time zone: write its IANA name, as Asia/Singapore"),
        ],
    )
    def test_what_is_wrong_with_it(self, command: Command, config: MockServer, text: str, told: str) -> None:
        configure(text)
        ran = command(*[word for word in CREATE if word not in ("--tz", "Asia/Singapore")])
        assert ran.code == 2
        assert ran.err.count("\n") == 1
        assert told.replace("number or number", "number") in ran.err


class TestPrecedence:
    def test_options_go_before_the_environment_and_that_before_the_file(
        self, command: Command, config: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        configure("base_url = 'http://127.0.0.1:1/file'\nsubscription_key = 'file'")
        monkeypatch.setenv("LUMINUS_BASE_URL", "http://127.0.0.1:1/environment")
        monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", "environment")
        Path("key").write_text("\ufeffoption\n")
        of_option = Connection(None, {"base_url": "http://127.0.0.1:1/option", "subscription_key_file": "key"})
        assert of_option.client_options()["base_url"].endswith("option")
        assert of_option.credential("subscription_key").reveal() == "option"
        of_environment = Connection(None, {})
        assert of_environment.client_options()["base_url"].endswith("environment")
        assert of_environment.credential("subscription_key").reveal() == "environment"
        monkeypatch.delenv("LUMINUS_BASE_URL")
        monkeypatch.delenv("LUMINUS_SUBSCRIPTION_KEY")
        of_file = Connection(None, {})
        assert of_file.client_options()["base_url"].endswith("file")
        assert of_file.credential("subscription_key").reveal() == "file"
        assert of_file.credential("token") is None


class TestCredentials:
    def test_of_a_file_and_of_standard_input(
        self, command: Command, config: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("key").write_text(f"{config.subscription_key}\r\n\r\n")
        assert command(*CREATE, "--subscription-key-file", "key").code == 0
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{config.subscription_key}\n"))
        assert command(*CREATE, "--subscription-key-file", "-").code == 0

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--subscription-key-file", "no"), "no cannot be read: No such file or directory."),
            (("--subscription-key-file", "empty"), "empty is empty."),
            (("--subscription-key-file", "bytes"), "bytes cannot be read: it is no text."),
            (("--subscription-key-file", "-"), "standard input is empty."),
            (("--subscription-key-file", "-", "--token-file", "-"), "Only one of the two credentials can come from"),
        ],
    )
    def test_that_are_not_there(
        self, command: Command, config: MockServer, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
    ) -> None:
        Path("empty").write_text("\n")
        Path("bytes").write_bytes(b"\xff\xfe\xff")
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        ran = command(*CREATE, *words)
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err

    def test_of_a_command(self, command: Command, config: MockServer) -> None:
        configure(f"subscription_key_command = {printing(config.subscription_key)}\ntoken_command = {printing('abc')}")
        assert command(*CREATE).code == 0
        assert config.requests[0].headers["authorization"] == "***"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("subscription_key_command = ['no-such-command']", "failed: there is no such program."),
            (f"subscription_key_command = {printing('', 3)}", "failed: exit code 3."),
            (f"subscription_key_command = {printing('')}", "printed nothing."),
            ("subscription_key_command = []", "Set LUMINUS_SUBSCRIPTION_KEY, or pass --subscription-key-file FILE"),
            ('subscription_key_command = ["\\u0000"]', "failed: embedded null byte."),
        ],
    )
    def test_of_a_command_that_fails(self, command: Command, config: MockServer, text: str, told: str) -> None:
        configure(text)
        ran = command(*CREATE)
        assert ran.code == 2
        assert told in ran.err

    def test_a_command_that_takes_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import subprocess

        def late(*_: Any, **__: Any) -> None:
            raise subprocess.TimeoutExpired("x", 60)

        monkeypatch.setattr(subprocess, "run", late)
        with pytest.raises(Refusal, match="it took longer than 60 seconds"):
            _Command("token", ["x"])()

    def test_a_token_of_a_command_is_asked_for_again_after_a_while(self, tmp_path: Path) -> None:
        counter = tmp_path / "count"
        script = (
            f"import pathlib; p = pathlib.Path({str(counter)!r}); p.open('a').write('x'); print(len(p.read_text()))"
        )
        now = [0.0]
        token = _Command("token", [sys.executable, "-c", script], clock=lambda: now[0])
        assert (token(), token()) == ("1", "1")
        now[0] = 301
        assert token() == "2"

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            (KEY, None),
            (None, "The keyring has no subscription-key. Store it: keyring set luminus-zoom subscription-key"),
            (RuntimeError("locked\nx"), "The keyring cannot be read: locked\n"),
            (RuntimeError("No backend. See its page."), "The keyring cannot be read: No backend.\n"),
            (RuntimeError(), "The keyring cannot be read: RuntimeError"),
        ],
    )
    def test_of_the_keyring(
        self, command: Command, config: MockServer, monkeypatch: pytest.MonkeyPatch, value: Any, told: str | None
    ) -> None:
        def get_password(service: str, user: str) -> Any:
            assert (service, user) == ("luminus-zoom", "subscription-key")
            if isinstance(value, Exception):
                raise value
            return value

        monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
        configure("subscription_key_keyring = true")
        ran = command(*CREATE)
        assert ran.code == (2 if told else 0)
        assert (told or "") in ran.err

    def test_of_a_keyring_without_its_extra(
        self, command: Command, config: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "keyring", None)
        configure("subscription_key_keyring = true")
        assert command(*CREATE).err == "Error: The keyring needs an extra: pip install 'luminus-zoom[keyring]'\n"

    def test_they_are_printed_nowhere(self, command: Command, config: MockServer) -> None:
        configure(f"subscription_key = '{KEY}'\ntoken = 'a-token-of-some-length'")
        for words in (CREATE, (*CREATE, "--dry-run"), ("doctor",), (*CREATE, "--base-url", "http://127.0.0.1:9")):
            ran = command(*words)
            assert KEY not in ran.out + ran.err
            assert "a-token-of-some-length" not in ran.out + ran.err

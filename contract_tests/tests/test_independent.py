"""The suite put to an honest server that shares nothing with the mock: it conforms, however it is served."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.tests.independent import FORBIDDEN, KEY, TOKEN, Backend, backend
from luminus_zoom_contract.__main__ import main
from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run import runner
from luminus_zoom_contract.run.session import Options, Session

GATEWAY = ("gateway.", "response.201.", "bearer.scheme")
"""What a backend without a gateway is expected to be told: other words, and properties that it does not have."""


def _run(url: str, **options: Any) -> Session:
    session = Session(Options(url, Credentials(KEY, options.pop("token", ""), FORBIDDEN), **options))
    with session:
        session.run_cases()
    return session


@pytest.mark.parametrize(
    "served",
    [
        {},
        {"protocol_version": "HTTP/1.0", "threads": False},
        {"chunked": True},
        {"threads": False},
        {"asks_for_token": True},
    ],
    ids=["HTTP/1.1", "HTTP/1.0", "chunked", "one connection at a time", "a token asked for"],
)
def test_another_honest_server_conforms(served: dict[str, Any]) -> None:
    with backend(**served) as url:
        session = _run(url, token=TOKEN if "asks_for_token" in served else "")
    assert session.results.broken(findings=False) == []
    assert all(name.startswith(GATEWAY) for name in session.results.broken(findings=True))
    assert session.verdict() == "conforms"


def test_fuzzing_finds_nothing_against_it_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", KEY)
    monkeypatch.setenv("LUMINUS_FORBIDDEN_KEY", FORBIDDEN)
    with backend() as url:
        assert main(["--base-url", url, "--out", str(tmp_path), "--database", "none"]) == 0
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert next(clause for clause in report["clauses"] if clause["id"] == "fuzz.schemathesis")["verdict"] == "held"


def test_a_slow_server_gets_its_verdict_in_time() -> None:
    """Its answers are waited for side by side, so that twenty milliseconds each do not add up to two minutes."""
    with backend(latency=0.02) as url:
        began = time.monotonic()
        session = _run(url)
        took = time.monotonic() - began
        assert session.examples < session.options.examples
    assert session.verdict() == "conforms"
    assert session.results.requests * 0.02 > 2 * took


def _never(number: int) -> Callable[[int], float]:
    return lambda count: 30.0 if count % number == 0 else 0.0


def _late(number: int) -> Callable[[int], float]:
    return lambda count: 0.4 if count % number == 0 else 0.0


@pytest.mark.parametrize(
    ("pause", "clause", "documented"),
    [(_late(30), "time.answer", False), (_never(200), "time.none-lost", True)],
    ids=["one in thirty is late", "one in two hundred never comes"],
)
def test_a_server_that_stumbles_is_told_so_in_time(
    pause: Callable[[int], float], clause: str, documented: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "machine_is_busy", lambda: False)
    began = time.monotonic()
    with backend(pause=staticmethod(pause)) as url:
        session = _run(url)
    assert time.monotonic() - began < 20
    assert session.results.entries[clause].broken
    assert (clause in session.results.broken(findings=False)) is documented
    assert session.verdict() == ("broken" if documented else "inconclusive"), "it was stopped before its end"


class Recording(Backend):
    """Keeps the bytes of what it is sent."""

    received: list[bytes]
    raw_requestline: bytes

    def parse_request(self) -> bool:
        """Note the request's head, whose port is another in each run."""
        parsed = super().parse_request()
        if parsed:
            head = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
            port = f":{self.connection.getsockname()[1]}"
            self.received.append(self.raw_requestline + head.replace(port, "").encode("utf-8", "surrogateescape"))
            self.rfile = Tee(self.rfile, self.received)  # type: ignore[assignment]
        return parsed


class Tee:
    """A stream that notes what is read of it at once."""

    def __init__(self, stream: Any, received: list[bytes]) -> None:
        self._stream = stream.stream if isinstance(stream, Tee) else stream
        self._received = received

    @property
    def stream(self) -> Any:
        """The stream itself."""
        return self._stream

    def read(self, size: int) -> bytes:
        """Read a body."""
        body: bytes = self._stream.read(size)
        self._received.append(body)
        return body

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def test_two_runs_of_one_seed_send_the_same_bytes(tmp_path: Path) -> None:
    sent: dict[str, list[bytes]] = {"one": [], "other": []}

    def run(name: str) -> int:
        with backend(received=sent[name], base=Recording) as url:
            options = ["--base-url", url, "--subscription-key", KEY, "--out", str(tmp_path / name)]
            return main([*options, "--database", "none", "--examples", "5", "--seed", "1"])

    assert [run(name) for name in sent] == [0, 0]
    assert len(sent["one"]) > 4000
    # On a busy machine some answers are late: their requests are repeated, and plain ones are sent to look.
    fewer, more = sorted(map(set, sent.values()), key=len)
    assert fewer <= more
    assert len(more - fewer) < 50
    assert {path.parent.name for path in tmp_path.rglob("report.json")} == {*sent}

"""One run of the suite: its options, the server it is put to, and the ledger that all of its tests share."""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from contract_tests import battery
from contract_tests.battery.case import Credentials, Maker
from contract_tests.clauses import clauses_of
from contract_tests.contract import DEFAULT, Contract
from contract_tests.exchange import Asgi, AsgiExchange, Exchange, SocketExchange
from contract_tests.ledger import Floors, Ledger, vacuity, verdict
from contract_tests.runner import Runner, StoppedError


@dataclass(frozen=True, slots=True)
class Options:
    """What a run can be told. Without a base URL it starts the mock, whose credentials it then uses."""

    base_url: str = ""
    credentials: Credentials = field(default_factory=lambda: Credentials(""))
    module_id: str = ""
    seed: int = 1
    examples: int = 50
    budget: float = 0.0
    """Seconds for fuzzing beyond the battery; 0 for the given number of examples."""
    strict: bool = False
    time_limit: float = 3.0
    contract: Path = DEFAULT
    floors: Floors = field(default_factory=Floors)


class Session:
    """An open run; a context manager, which ends the mock if it was started."""

    def __init__(self, options: Options, app: Asgi | None = None) -> None:
        """Connect to the endpoint of the options, to an ASGI app in this process, or to a mock of the session's own."""
        self._mock: Any = None
        if app is None and not options.base_url:
            options = self._start_mock(options)
        self.options: Final = options
        self.contract: Final = Contract.load(options.contract)
        self.clauses: Final = clauses_of(self.contract)
        self.ledger: Final = Ledger(self.clauses)
        self.exchange: Final[Exchange] = (
            AsgiExchange(app, time_limit=options.time_limit)
            if app
            else SocketExchange(options.base_url, options.time_limit)
        )
        self.module: Final = options.module_id or str(UUID(int=random.Random(options.seed).getrandbits(128), version=4))  # noqa: S311
        self.runner: Final = Runner(self.contract, self.clauses, self.exchange, self.maker("control"), self.ledger)
        self.stopped = False
        self.parts_run: Final[set[str]] = set()
        self._began: Final = time.perf_counter()

    def _start_mock(self, options: Options) -> Options:
        from luminus_zoom_mock import FORBIDDEN_KEY, MockServer  # its extra is not needed where an endpoint is given

        self._mock = MockServer()
        credentials = Credentials(self._mock.subscription_key, self._mock.token or "", FORBIDDEN_KEY)
        return replace(options, base_url=self._mock.base_url, credentials=credentials)

    def maker(self, part: str) -> Maker:
        """A maker of cases; each part has one of its own, and so draws the same alone as with others."""
        seed = random.Random(f"{self.options.seed} {part}").getrandbits(64)  # noqa: S311 - test data
        return Maker(
            self.contract,
            self.clauses,
            self.options.credentials,
            host=self.exchange.host,
            base_path=self.exchange.base_path,
            module=self.module,
            seed=seed,
        )

    def run_battery(
        self, parts: Iterable[str] = (), progress: Callable[[int, int], None] = lambda done, of: None
    ) -> None:
        """Send the battery, or some of its parts; the whole of it ends with requests at the same time."""
        chosen = list(parts)
        self.parts_run.update(chosen or battery.PARTS)
        cases = [case for part in chosen for case in battery.PARTS[part](self.maker(part))]
        cases = cases or list(battery.cases(self.maker("battery")))
        try:
            for number, case in enumerate(cases):
                self.runner.send(case)
                progress(number + 1, len(cases))
            if not chosen or "sequences" in chosen:
                self.runner.concurrently()
        except StoppedError:
            self.stopped = True

    @property
    def whole_battery(self) -> bool:
        """Whether every part of the battery has been run, so that the floors mean something."""
        return self.parts_run >= battery.PARTS.keys()

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.perf_counter() - self._began

    def verdict(self) -> str:
        """The verdict so far: `conforms`, `broken` or `vacuous`."""
        return verdict(self.ledger, self.options.floors, strict=self.options.strict)

    def report(self) -> dict[str, Any]:
        """The run as report.json has it."""
        ledger = self.ledger
        clauses = [self._clause(identifier) for identifier in ledger.clauses]
        return {
            "verdict": self.verdict(),
            "endpoint": self.options.base_url or "in process",
            "seed": self.options.seed,
            "seconds": round(self.seconds, 2),
            "requests": ledger.requests,
            "created": ledger.answers[201],
            "answers": {str(status): count for status, count in sorted(ledger.answers.items())},
            "accepted": ledger.diversity.accepted,
            "diversity": ledger.diversity.counts(),
            "denied": ledger.denied,
            "vacuous_because": vacuity(ledger, self.options.floors),
            "strict": self.options.strict,
            "notes": ledger.notes,
            "clauses": clauses,
        }

    def _clause(self, identifier: str) -> Mapping[str, Any]:
        clause, entry = self.clauses[identifier], self.ledger.entries[identifier]
        failures = [
            {name: getattr(failure, name) for name in ("message", "case", "sent", "got")} for failure in entry.failures
        ]
        return {
            "id": identifier,
            "source": clause.source,
            "provenance": clause.provenance,
            "verdict": entry.verdict,
            "cases": entry.cases,
            "failures": failures,
            "says": clause.says,
            "broken": entry.broken,
            "severity": ("finding" if clause.is_finding else "failure") if entry.broken else None,
        }

    def close(self) -> None:
        """Let go of the server."""
        self.exchange.close()
        if self._mock is not None:
            self._mock.close()
            self._mock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

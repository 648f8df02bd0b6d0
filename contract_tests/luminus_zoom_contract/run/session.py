"""One run of the suite: its options, the server it is put to, and the results that all of its tests share."""

import contextlib
import functools
import itertools
import logging
import math
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from hypothesis.database import ExampleDatabase

from luminus_zoom_contract import cases as systematic
from luminus_zoom_contract.cases.case import Case, Credentials, Maker
from luminus_zoom_contract.cases.live import live_cases
from luminus_zoom_contract.checks.add_meeting import AddMeeting
from luminus_zoom_contract.report.archive import Archive
from luminus_zoom_contract.report.causes import causes
from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.report.reproduction import Reproduction
from luminus_zoom_contract.report.results import NONE, MinimumCoverage, Results, doubts, verdict
from luminus_zoom_contract.run.guard import CreatedLog, DryRun, Guard
from luminus_zoom_contract.run.permission import Permission, Rules
from luminus_zoom_contract.run.relations import Relations
from luminus_zoom_contract.run.runner import Runner, StoppedError
from luminus_zoom_contract.run.transport import (
    Asgi,
    AsgiExchange,
    Exchange,
    HttpRequest,
    SocketExchange,
    checked_address,
)
from luminus_zoom_contract.spec.clauses import Clause, Clauses, clauses_of
from luminus_zoom_contract.spec.document import DEFAULT, Contract, NotJson, decoded
from luminus_zoom_contract.spec.lines import Lines
from luminus_zoom_contract.spec.operations import Judgement, Operation
from luminus_zoom_contract.spec.profile import Profile

RELATIONS: Final = "relations"
"""The part of a run that tries several operations after one another."""
_LONG: Final = 0.003
"""Seconds from which on answers are waited for at the same time."""
_MOST_WORKERS: Final = 20
_FUZZING: Final = 6.0
"""Seconds that fuzzing may take where it has no budget."""
_REQUESTS_PER_EXAMPLE: Final = 22
"""Of all properties together."""
_FEWEST_EXAMPLES: Final = 5
_KEPT_FOR_THE_LAST: Final = 2
"""Creations that a live run does not let the requests have that ought to be refused."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a run under guard may do; `log` is the file that lists what it created."""

    rules: Rules
    log: Path
    max_creates: int = 5
    rate: float = 2.0
    """Requests a second, at most."""
    stop_on_surprise: bool = False

    def __post_init__(self) -> None:
        """Refuse orders without meaning."""
        if self.max_creates < 1 or not self.rate > 0:
            raise ValueError("a live run needs at least one creation and a rate above zero")

    def minimum_coverage(self) -> MinimumCoverage:
        """What such a run has to show; its creations are few and as unlike each other as possible."""
        few = min(3, self.max_creates)
        return MinimumCoverage(accepted=few, names=few, starts=few, durations=min(2, few), option_sets=min(2, few))


@dataclass(frozen=True, slots=True)
class Options:
    """What a run can be told. Without a base URL it starts the mock, whose credentials it then uses."""

    base_url: str = ""
    credentials: Credentials = field(default_factory=lambda: Credentials(""))
    module_id: str = ""
    seed: int = 1
    examples: int = 20
    budget: float = 0.0
    """Seconds for fuzzing beyond the systematic cases; 0 for the given number of examples."""
    strict: bool = False
    time_limit: float = 3.0
    contract: Path = DEFAULT
    minimum_coverage: MinimumCoverage = field(default_factory=MinimumCoverage)
    live: Live | None = None
    """The guard's orders; without them only loopback addresses are reached."""
    dry_run: bool = False
    """Send nothing: `exchange.gate` lists what would be sent."""
    database: ExampleDatabase | None = None
    """Where hypothesis remembers failures; None forgets them."""
    archive: Path | None = None
    """The file for every exchange as HAR, if one is wanted."""
    command: str = "make verify"
    """What a person types to have this run again, its seed apart."""


_PROFILES: Final[Mapping[str, Callable[[], Profile]]] = {AddMeeting.operation: AddMeeting}


def profile_of(operation: Operation) -> Profile:
    """What the suite knows of an operation beyond its document. SetupError where the document lacks what that needs."""
    profile = _PROFILES.get(operation.id, Profile)()
    profile.check(operation)
    return profile


def clauses_for(operation: Operation, profile: Profile) -> Clauses:
    """An operation's clauses, under ids that begin with its name unless its profile says otherwise."""
    return clauses_of(operation, profile.clauses, f"{operation.id}:" if profile.prefixed else "")


@functools.cache
def _known(operation: Operation) -> tuple[Profile, Clauses]:
    profile = profile_of(operation)
    return profile, clauses_for(operation, profile)


def maker_for(contract: Contract, operation: Operation, credentials: Credentials, **options: Any) -> Maker:
    """A maker of an operation's cases, with what the suite knows of the operation; the options are those of Maker."""
    profile, clauses = _known(operation)
    others = contract.operations.values()
    return Maker(operation, clauses, credentials, profile=profile, others=others, **options)


def _ordered(contract: Contract) -> list[Operation]:
    """The operations, the main one first: that with a profile, else one that creates something, if it can be sent."""
    return sorted(
        contract.operations.values(), key=lambda it: (not it.is_sendable, it.id not in _PROFILES, it.method != "POST")
    )


def _shown_path(path: Path) -> str:
    """A path as a tool in the current folder finds it, with slashes; the name alone of what is not below that."""
    path = path.absolute()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


class Session:
    """An open run; a context manager, which ends the mock if it was started."""

    def __init__(self, options: Options, app: Asgi | None = None) -> None:
        """Connect to the endpoint of the options, to an ASGI app in this process, or to a mock of the session's own."""
        self.contract: Final = Contract.load(options.contract)
        for operation in self.contract.operations.values():
            _known(operation)  # what the suite cannot test is said before anything is started
        self._mock: Any = None
        if app is None and not options.base_url:
            options = self._start_mock(options)
        self.options: Final = options
        self.operations: Final = _ordered(self.contract)
        self._profiles: Final = {it.id: _known(it)[0] for it in self.operations}
        every = (clause for it in self.operations for clause in _known(it)[1].values())
        self.clauses: Final[Mapping[str, Clause]] = {clause.id: clause for clause in every}
        self.results: Final = Results(self.clauses)
        self.results.notes += [note for it in self.operations for note in self._profiles[it.id].notes(it)]
        self.guard: Guard | None = None
        if app is None:
            checked_address(options.base_url, guarded=options.live is not None)
        gate = self._gate("localhost" if app else urlsplit(options.base_url).netloc)
        self.exchange: Final[Exchange] = (
            AsgiExchange(app, time_limit=options.time_limit, gate=gate)
            if app
            else SocketExchange(options.base_url, options.time_limit, gate)
        )
        self.module: Final = options.module_id or str(UUID(int=random.Random(options.seed).getrandbits(128), version=4))  # noqa: S311
        self.reproduction: Final = Reproduction(self.origin, options.credentials)
        self.runner: Final = Runner(
            self.contract,
            self.exchange,
            [self.maker("control", operation) for operation in self.operations],
            self.results,
            frugal=options.live is not None,
            stop_on_surprise=options.live is not None and options.live.stop_on_surprise,
            reproduction=self.reproduction,
            script=self._script,
        )
        self._archive = Archive(options.archive, self.origin, self.runner.mask) if options.archive else None
        self.exchange.observer = self._archive.add if self._archive else None
        self.stopped = False
        self._has_standing: bool | None = None
        self.parts_run: Final[set[str]] = set()
        self._began: Final = time.perf_counter()
        self.started: Final = datetime.now(UTC)

    @property
    def has_wrapper(self) -> bool:
        """Whether the main operation is the one that the Python client is for."""
        return not self._profiles[self.operations[0].id].prefixed

    def _script(self, case: Case) -> str:
        """How a case is sent through the Python client; empty where that is not there or would not send it."""
        if self.has_wrapper and case.operation == self.operations[0].id:
            with contextlib.suppress(
                ImportError, SyntaxError
            ):  # a broken client must not keep the suite from reporting
                from luminus_zoom_contract.run.wrapper_calls import script_for

                return script_for(self.origin, self.options.credentials, case)
        return ""

    @functools.cached_property
    def _lines(self) -> Lines:
        return Lines(self.options.contract)

    @property
    def origin(self) -> str:
        """The endpoint's scheme, host and port."""
        return f"{urlsplit(self.options.base_url).scheme or 'http'}://{self.exchange.host}"

    @property
    def base_url(self) -> str:
        """The endpoint as a client is told it; of an app in this process, one that only its transport reaches."""
        return self.options.base_url or f"http://localhost{self.exchange.base_path}"

    def _gate(self, host: str) -> Guard | DryRun | None:
        """What stands between the exchange and the wire; the file of what is created exists before anything is sent."""
        live = self.options.live
        if live is None:
            return DryRun(None) if self.options.dry_run else None
        path = urlsplit(self.options.base_url).path.rstrip("/") if self.options.base_url else "/zoom"
        main = self.operations[0]
        restrictions = self._profiles[main.id].restrictions
        if restrictions is None:
            known = ", ".join(_PROFILES)
            raise ValueError(f"--live needs an operation of which the suite knows what a request may do: {known}")
        permission = Permission(live.rules, host, path, main, restrictions)
        if self.options.dry_run:
            return DryRun(permission)
        log = CreatedLog(live.log, live.rules.run_id, main.unique, restrictions.marked)
        self.guard = Guard(
            permission, log, max_creates=live.max_creates, rate=live.rate, is_legal=self._is_legal_creation
        )
        return self.guard

    def _is_legal_creation(self, request: HttpRequest) -> bool:
        """Whether a request is one that the contract promises to be carried out."""
        main, mine = self.operations[0], self.options.credentials
        headers = {name.lower(): value for name, value in request.headers}
        key = main.scheme("apiKey", "header")[0].lower()
        known = not key or headers.get(key) == mine.key
        known = known and (not mine.token or headers.get("authorization") == f"Bearer {mine.token}")
        label = headers.get("content-type", "").partition(";")[0].strip().lower()
        known = known and any(fnmatch(label, it) for it in main.request_media_types)
        at = request.target.partition("?")[0].endswith(main.path)
        said = decoded(request.body)
        return known and at and not isinstance(said, NotJson) and main.judge(said) is Judgement.LEGAL

    def _start_mock(self, options: Options) -> Options:
        from luminus_zoom_mock import (  # its extra is not needed where an endpoint is given
            FORBIDDEN_KEY,
            MockServer,
            Settings,
        )

        self._mock = MockServer(Settings(contract=None if options.contract == DEFAULT else options.contract))
        # It would warn of every request that is no HTTP, and is sent on purpose.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        credentials = Credentials(self._mock.subscription_key, self._mock.token or "", FORBIDDEN_KEY)
        return replace(options, base_url=self._mock.base_url, credentials=credentials)

    def maker(self, part: str, operation: Operation | None = None) -> Maker:
        """A maker of an operation's cases, by default the main one's.

        Each part has one of its own, and so draws the same alone as with others.
        """
        operation = operation or self.operations[0]
        known = f"{self.options.seed} {part}" + ("" if operation is self.operations[0] else f" {operation.id}")
        return maker_for(
            self.contract,
            operation,
            self.options.credentials,
            host=self.exchange.host,
            base_path=self.exchange.base_path,
            seed=random.Random(known).getrandbits(64),  # noqa: S311 - test data
            scope=self.module,
            mark=self.options.live.rules.run_id if self.options.live else "",
            thorough=bool(self.options.budget),
        )

    def cases(self, parts: Iterable[str] = ()) -> list[Case]:
        """The cases or some of its parts, in the order of sending; of a live run, the little that it may send."""
        chosen = list(parts)
        cases: list[Case] = []
        for operation in self.operations[:1] if self.options.live else self.operations:
            each = (systematic.PARTS[part](self.maker(part, operation)) for part in chosen if part != RELATIONS)
            mine = itertools.chain(*each) if chosen else systematic.cases(self.maker("cases", operation))
            cases += mine
        if self.options.live and isinstance(gate := self.exchange.gate, Guard | DryRun) and gate.permission:
            refusal, most = gate.permission.refusal, self.options.live.max_creates
            cases = live_cases(self.maker("cases"), cases, lambda it: refusal(it) is None, most)
        return [replace(case, number=place) for place, case in enumerate(cases, 1)]

    def run_cases(
        self, parts: Iterable[str] = (), progress: Callable[[int, int], None] = lambda done, of: None
    ) -> None:
        """Send the systematic cases, or some of its parts; the whole of it ends with requests at the same time."""
        chosen = list(parts)
        self.parts_run.update(chosen or (*systematic.PARTS, RELATIONS))
        cases = self.cases(chosen)
        # A live run has its own order, in which all of it is sent.
        in_turn = [case for case in cases if case.in_turn or self.options.live]
        others = [case for case in cases if not (case.in_turn or self.options.live)]
        done = itertools.count(1)
        asking = [it.id for it in self.operations if it.scheme("http")[1]]
        if asking and not self.options.credentials.token:
            words = f"the contract asks for a token for {', '.join(asking)}, and none was given"
            self.results.not_run.append(words)
        try:
            self.check_standing()
            if not self._has_standing:
                raise StoppedError  # noqa: TRY301 - told as what the cases themselves stop for
            self.runner.run(self._unspared(in_turn), lambda: progress(next(done), len(cases)))
            if not self.options.live and (not chosen or RELATIONS in chosen):
                # Before the many cases, so that a list can still show all of what there is.
                makers = {it.id: self.maker("relations", it) for it in self.operations}
                Relations(self.contract, makers, self.runner).run()
            self._send_in_any_order(others, lambda: progress(next(done), len(cases)))
            if not self.options.live and (not chosen or "sequences" in chosen):
                self.runner.concurrently()
            self.runner.conclude()
        except StoppedError:
            self.stopped = True

    def check_standing(self) -> None:
        """Whether plain requests get through at all, which is asked once; else the run is stopped, and says why."""
        if self._has_standing is None:
            self._has_standing = False
            if reason := self.exchange.unreachable():
                self.results.not_run.append(f"unreachable: {reason}")
                self.results.cause = "unreachable"
                return
            with contextlib.suppress(StoppedError):
                if self.options.live is None:  # each creation counts there, and the first cases are legal
                    self.runner.check_standing()
                self._has_standing = True

    def _send_in_any_order(self, cases: Iterable[Case], progress: Callable[[], None]) -> None:
        """Send cases whose order means nothing: side by side, if this server's answers take long."""
        if self.runner.usual_seconds < _LONG or not self.runner.serves_many():
            self.runner.run(cases, progress)
        else:
            words = f"answers take {self.runner.usual_seconds * 1000:.0f} ms, so they were waited for side by side"
            self.results.notes.append(f"{words}, and fuzzing has {self.examples} examples of each property")
            workers = min(_MOST_WORKERS, math.ceil(self.runner.usual_seconds / _LONG * 2))
            self.runner.beside(cases, workers, progress)

    def _unspared(self, cases: Iterable[Case]) -> Iterator[Case]:
        return (case for case in cases if not self._is_spared(case))

    @property
    def examples(self) -> int:
        """How many examples each property gets; fewer than were asked for where they would take too long."""
        usual = self.runner.usual_seconds
        if usual < _LONG:
            return self.options.examples
        return min(self.options.examples, max(_FEWEST_EXAMPLES, int(_FUZZING / (_REQUESTS_PER_EXAMPLE * usual))))

    def _is_spared(self, case: Case) -> bool:
        """Whether a case that ought to be refused is not worth the meeting that it may cost."""
        if self.guard is None or case.may_succeed:
            return False
        if self.results.entries[case.clause].broken:
            reason = "its clause is broken already"
        elif case.scene == "bearer" and case.operation in self.runner.without_token:
            reason = "the server asks for no token"
        elif self.guard.left <= min(_KEPT_FOR_THE_LAST, self.guard.max_creates - 2):
            reason = "the last creations are kept for legal requests"
        else:
            return False
        self.results.withheld[reason] += 1
        return True

    @property
    def has_run_all(self) -> bool:
        """Whether every part of the systematic cases has been run, so that the minimum_coverage mean something."""
        return self.parts_run >= {*systematic.PARTS, RELATIONS}

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.perf_counter() - self._began

    def verdict(self) -> str:
        """The verdict so far: `conforms`, `broken` or `inconclusive`."""
        return verdict(self.results, self.minimum_coverage, strict=self.options.strict)

    @property
    def minimum_coverage(self) -> MinimumCoverage:
        """What the run has to show before it can conform."""
        if self.options.live:
            return self.options.live.minimum_coverage()
        return self.options.minimum_coverage if self._profiles[self.operations[0].id].dimensions else NONE

    def report(self) -> dict[str, Any]:
        """The run as report.json has it."""
        results = self.results
        report: dict[str, Any] = {
            "schema": 2,
            "verdict": self.verdict(),
            "contract": _shown_path(self.options.contract),
            "endpoint": self.options.base_url or "in process",
            "command": f"{self.options.command} SEED={self.options.seed}",
            "seed": self.options.seed,
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 2),
            "python": sys.version.split()[0],
            "requests": results.requests,
            "created": sum(results.succeeded[it.id] for it in self.operations if it.method == "POST"),
            "operations": {it.id: self._operation(it) for it in self.operations},
            "answers": {str(status): count for status, count in sorted(results.answers.items())},
            "accepted": results.diversity.accepted,
            "diversity": results.diversity.counts(),
            "minimum_coverage": asdict(self.minimum_coverage),
            "cause": results.cause,
            "denied": results.denied,
            "inconclusive_because": [harmless(reason) for reason in doubts(results, self.minimum_coverage)],
            "strict": self.options.strict,
            "notes": [harmless(note) for note in (*results.notes, *self._unseen())],
            "live": self._live(),
            "clauses": [self._clause(identifier) for identifier in results.clauses],
        }
        return {**report, "causes": causes(report)}

    def _operation(self, operation: Operation) -> Mapping[str, Any]:
        return {"method": operation.method, "path": operation.path, "successes": self.results.succeeded[operation.id]}

    def _unseen(self) -> list[str]:
        """A note of each documented answer whose body no check has seen; 403 and refusals have clauses of their own."""
        found = []
        if by_http := self.results.by_http:
            told = ", ".join(f"{count} with {status}" for status, count in sorted(by_http.items()))
            found.append(f"HTTP's own layer refused requests that are unusual by its rules, as it may: {told}")
        for it in self.operations:
            if it.unwritten:
                labels = ", ".join(it.unwritten)
                found.append(
                    f"the cases have no body of {it.id} labelled {labels}; schemathesis sends what it can write"
                )
            if it.other_body:
                found.append(f"bodies of {it.id} had legal values alone, labelled {it.other_body[0]}")
            known = _known(it)[1]
            bodies = {status: known.get(f"response.{status}.body") for status in it.item["responses"]}
            unseen = [
                status
                for status, clause in bodies.items()
                if (clause is not None and not self.results.entries[clause.id].cases)
                or (not status.isdigit() and status != it.response_key(it.success))
            ]
            if unseen:
                found.append(f"no answer of {it.id} was checked against its response {', '.join(unseen)}")
        return found

    def _live(self) -> Mapping[str, Any] | None:
        if self.guard is None or self.options.live is None:
            return None
        return {
            "run_id": self.options.live.rules.run_id,
            "max_creates": self.guard.max_creates,
            "created": self.guard.created,
            "unknown": self.guard.unknown,
            "log": self.guard.log.path.name,
            "withheld": dict(self.results.withheld),
            "ended": self.guard.ended,
        }

    def _clause(self, identifier: str) -> Mapping[str, Any]:
        clause, entry = self.clauses[identifier], self.results.entries[identifier]
        pointer = clause.source.partition("openapi.yaml#")[2]
        return {
            "id": identifier,
            "source": clause.source,
            "line": self._lines.of(pointer) if pointer else None,
            "provenance": clause.provenance,
            "verdict": entry.verdict,
            "cases": entry.cases,
            "failures": [asdict(failure) for failure in entry.failures],
            "symptoms": dict(entry.symptoms),
            "tries": sorted(entry.tries),
            "says": clause.says,
            "broken": entry.broken,
            "severity": ("finding" if clause.is_finding else "failure") if entry.broken else None,
        }

    def close(self) -> None:
        """Let go of the server."""
        self.exchange.close()
        if self._archive is not None:
            self._archive.close()
        if self.guard is not None:
            self.guard.log.close()
        if self._mock is not None:
            self._mock.close()
            self._mock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

"""What a run has learnt of each clause, from whichever test; results of several workers add up."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, Self

from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.spec.clauses import Clause

State = Literal["held", "broken", "not exercised"]
Verdict = Literal["conforms", "broken", "inconclusive"]
KEPT_FAILURES: Final = 5
_LONGEST_MESSAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """One contradiction to a clause, in words, with the exchange that showed it. No field holds a secret.

    Whatever the server put into it is harmless to a terminal and to a file.
    """

    message: str
    case: str = ""
    sent: str = ""
    got: str = ""
    number: int = 0
    """The case's place in the run, which repeats it; 0 where it has none."""
    curl: str = ""
    call: str = ""
    """A script that sends the same through the wrapper; empty where the wrapper would not."""
    size: int = 0
    """The length of the request's body in bytes: the shorter it is, the more a reader learns from it."""
    symptom: str = ""
    """What a client met, where one fault breaks many clauses by it (`causes.py`)."""
    tries: str = ""
    """The clause that the request was sent for."""

    def __post_init__(self) -> None:
        """Make the texts harmless."""
        for each in fields(self):
            if isinstance(text := getattr(self, each.name), str):
                most = _LONGEST_MESSAGE if each.name in {"message", "case"} else None
                object.__setattr__(self, each.name, harmless(text, most))


@dataclass(slots=True)
class Entry:
    """A clause's record: how many cases tried it, how many broke it, and the smallest few of those by symptom."""

    cases: int = 0
    broken: int = 0
    kept: dict[str, list[Failure]] = field(default_factory=dict)
    symptoms: Counter[str] = field(default_factory=Counter)
    """How often it broke with each symptom."""
    tries: set[str] = field(default_factory=set)
    """The clauses for which the requests were sent that broke it."""

    @property
    def failures(self) -> list[Failure]:
        """The smallest few failures of each symptom, the smallest first."""
        return sorted((it for kept in self.kept.values() for it in kept), key=lambda failure: failure.size)

    def keep(self, more: Iterable[Failure]) -> None:
        """Keep the smallest of the failures so far and of some more, the earlier one of equals."""
        for failure in more:
            kept = [*self.kept.get(failure.symptom, ()), failure]
            self.kept[failure.symptom] = sorted(kept, key=lambda it: it.size)[:KEPT_FAILURES]

    @property
    def verdict(self) -> State:
        """The clause's verdict in this run."""
        return "broken" if self.broken else "held" if self.cases else "not exercised"


@dataclass(slots=True)
class Diversity:
    """How different the accepted creations were; a run that only ever created one meeting has shown little."""

    accepted: int = 0
    names: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    durations: set[str] = field(default_factory=set)
    option_sets: set[str] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        """The numbers of distinct values."""
        return {name: len(getattr(self, name)) for name in ("names", "starts", "durations", "option_sets")}


class Results:
    """The record of a run."""

    def __init__(self, clauses: Mapping[str, Clause]) -> None:
        self.clauses = clauses
        self.entries = {identifier: Entry() for identifier in clauses}
        self.diversity = Diversity()
        self.answers: Counter[int] = Counter()
        self.requests = 0
        self.denied = 0
        self.withheld: Counter[str] = Counter()
        """How many requests a guard kept back, by the reason."""
        self.notes: list[str] = []
        self.not_run: list[str] = []
        """Why a part of the run was not sent."""
        self.cause = ""
        """Why it was stopped, in a word: denied, rate limit, quota, unreachable, intermittent; or nothing of these."""
        self.by_http: Counter[int] = Counter()
        """How often HTTP's own layer refused a request that is unusual by its rules, by the status."""
        self.operations = tuple(dict.fromkeys(clause.operation for clause in clauses.values() if clause.operation))
        self.succeeded: Counter[str] = Counter()
        """How often each operation was answered with its success."""
        self.unreachable: Counter[str] = Counter()
        """How many cases of each operation lacked something that their path could name."""

    def held(self, clause: str, cases: int = 1) -> None:
        """Count cases in which a clause held."""
        self.entries[clause].cases += cases

    def broke(
        self, clause: str, failure: Failure | Callable[[], Failure], size: int = 0, symptom: str = "", tries: str = ""
    ) -> None:
        """Count a case in which a clause was broken; KeyError for a clause that the contract does not have.

        The smallest few are kept. A failure whose size, symptom and tried clause are given may be a function, which is
        called only if it is kept.
        """
        if isinstance(failure, Failure):
            size, symptom, tries = failure.size, failure.symptom, failure.tries
        entry = self.entries[clause]
        entry.cases += 1
        entry.broken += 1
        entry.symptoms[symptom] += 1
        entry.tries.add(tries)
        kept = entry.kept.get(symptom, [])
        if len(kept) < KEPT_FAILURES or size < kept[-1].size:
            entry.keep([failure if isinstance(failure, Failure) else failure()])

    def broken(self, *, findings: bool) -> list[str]:
        """The broken clauses whose breaking is a finding, or those whose breaking is a failure."""
        return [i for i, entry in self.entries.items() if entry.broken and self.clauses[i].is_finding == findings]

    def dump(self) -> dict[str, Any]:
        """The record as JSON, for another process to `add`."""
        return {
            "entries": {i: _dumped(entry) for i, entry in self.entries.items() if entry.cases},
            "diversity": {k: sorted(v) if isinstance(v, set) else v for k, v in asdict(self.diversity).items()},
            "answers": dict(self.answers),
            "requests": self.requests,
            "denied": self.denied,
            "withheld": dict(self.withheld),
            "notes": self.notes,
            "not_run": self.not_run,
            "cause": self.cause,
            "by_http": dict(self.by_http),
            "succeeded": dict(self.succeeded),
            "unreachable": dict(self.unreachable),
        }

    def add(self, dumped: Mapping[str, Any]) -> Self:
        """Add the record of another worker."""
        for identifier, entry in dumped["entries"].items():
            mine = self.entries[identifier]
            mine.cases += entry["cases"]
            mine.broken += entry["broken"]
            mine.symptoms.update(entry["symptoms"])
            mine.tries.update(entry["tries"])
            mine.keep(Failure(**failure) for failure in entry["failures"])
        for name, value in dumped["diversity"].items():
            mine_value = getattr(self.diversity, name)
            setattr(
                self.diversity, name, mine_value | set(value) if isinstance(mine_value, set) else mine_value + value
            )
        self.answers.update({int(status): count for status, count in dumped["answers"].items()})
        self.by_http.update({int(status): count for status, count in dumped["by_http"].items()})
        self.cause = self.cause or dumped["cause"]
        self.requests += dumped["requests"]
        self.denied += dumped["denied"]
        for name in ("withheld", "succeeded", "unreachable"):
            getattr(self, name).update(dumped[name])
        self.notes.extend(note for note in dumped["notes"] if note not in self.notes)
        self.not_run.extend(reason for reason in dumped["not_run"] if reason not in self.not_run)
        return self


def _dumped(entry: Entry) -> dict[str, Any]:
    plain = {"cases": entry.cases, "broken": entry.broken, "symptoms": dict(entry.symptoms)}
    return {**plain, "tries": sorted(entry.tries), "failures": [asdict(failure) for failure in entry.failures]}


@dataclass(frozen=True, slots=True)
class MinimumCoverage:
    """Below what a run has shown too little to conform, and above what share of denials."""

    accepted: int = 50
    names: int = 20
    starts: int = 10
    durations: int = 10
    option_sets: int = 10
    denied_share: float = 0.5


NONE: Final = MinimumCoverage(0, 0, 0, 0, 0)
"""No minimum, beside that of every operation: one success."""


def doubts(results: Results, minimum_coverage: MinimumCoverage) -> list[str]:
    """Why a run shows too little, in sentences; empty where it shows enough."""
    unexercised = [_unexercised(results, it) for it in results.operations if not results.succeeded[it]]
    if results.cause:  # which says why there are too few
        return [*results.not_run, *(unexercised if results.answers else ())]
    shown = {"accepted": results.diversity.accepted, **results.diversity.counts()}
    words = {
        "accepted": "accepted creations",
        "names": "different names",
        "starts": "different start times",
        "durations": "different durations",
        "option_sets": "different sets of options",
    }
    reasons = [
        f"{shown[k]} {words[k]}, fewer than {getattr(minimum_coverage, k)}"
        for k in words
        if shown[k] < getattr(minimum_coverage, k)
    ]
    tried = results.denied + results.diversity.accepted
    if tried and results.denied > minimum_coverage.denied_share * tried:
        share = f"{results.denied} of {tried} requests that ought to be accepted were denied (401, 403 or 429)"
        reasons.append(f"{share}: wrong module, key without rights, or a limit")
    if results.answers:
        reasons += unexercised
    return [*results.not_run, *reasons] if results.answers or not results.not_run else [*results.not_run]


def _unexercised(results: Results, operation: str) -> str:
    """Why an operation has shown nothing."""
    if results.unreachable[operation]:
        return f"nothing of {operation} was exercised: no answer gives what its path asks for, nor does an example"
    return f"nothing of {operation} was exercised: no request of it succeeded"


def verdict(results: Results, minimum_coverage: MinimumCoverage, *, strict: bool = False) -> Verdict:
    """The run's verdict: a broken clause outweighs doubts, and findings count only when `strict`."""
    if results.broken(findings=False) or (strict and results.broken(findings=True)):
        return "broken"
    return "inconclusive" if doubts(results, minimum_coverage) else "conforms"


def totals(entries: Iterable[Entry]) -> tuple[int, int]:
    """Cases and broken cases of several entries together."""
    listed = list(entries)
    return sum(entry.cases for entry in listed), sum(entry.broken for entry in listed)

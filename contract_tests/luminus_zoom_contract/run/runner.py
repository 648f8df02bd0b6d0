"""Sends cases, judges the answers and keeps the results: the one place where requests, checks and clauses meet."""

import contextlib
import functools
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Final, NoReturn, TypeVar

from luminus_zoom_contract.cases.case import Case, Maker
from luminus_zoom_contract.checks.http_layer import http_refusals
from luminus_zoom_contract.checks.protocol import encoding_fault
from luminus_zoom_contract.checks.response import Check
from luminus_zoom_contract.report.causes import symptom_of
from luminus_zoom_contract.report.masking import Mask
from luminus_zoom_contract.report.reproduction import Reproduction, shown_answer, shown_request
from luminus_zoom_contract.report.results import Failure, Results
from luminus_zoom_contract.run.latency import BUSY, Pace, machine_is_busy
from luminus_zoom_contract.run.limits import HANDFUL, LimitError, Limits, raise_cause
from luminus_zoom_contract.run.relations import Resources
from luminus_zoom_contract.run.subject import Subject
from luminus_zoom_contract.run.transport import (
    EndedError,
    Exchange,
    HttpAnswer,
    HttpRequest,
    NoAnswerError,
    WithheldError,
)
from luminus_zoom_contract.spec.document import Contract, Json, NotJson, decoded

T = TypeVar("T")
_DENIALS: Final = frozenset({401, 403, 429})
_NEVER_CREATED: Final = {
    "key.status": "key.required",
    "key.first": "key.required",
    "key.query": "key.required",
    "route.path": "route.nothing-created",
    "route.method": "route.nothing-created",
}
"""Clauses whose breaking with a success breaks a graver one: that nothing is created then."""
_OF_SEVERAL: Final = ("sequence.", "default.")
"""Clauses that an answer breaks or not by what came before it, so that the same request need not break them again."""
_NOT_FOUND: Final = 404
_MISSING_ENOUGH: Final = 30
_A_MOMENT: Final = 0.5
"""Seconds in which a server that takes several connections at once has begun to."""
_PATIENCE: Final = 5.0
"""Seconds that slow and lost answers may cost a run before it stops: their clause is broken by then."""


class StoppedError(Exception):
    """The run does not go on: the server is too slow or silent too often, or the guard lets nothing more be sent."""


class Runner:
    """One run against one server. Not for use by several threads; `concurrently` starts its own."""

    def __init__(
        self,
        contract: Contract,
        exchange: Exchange,
        makers: Iterable[Maker],
        results: Results,
        *,
        frugal: bool = False,
        stop_on_surprise: bool = False,
        reproduction: Reproduction | None = None,
        script: Callable[[Case], str] = lambda case: "",
    ) -> None:
        """Judge a server by its answers.

        A `frugal` runner sends nothing but the cases that it is given, and judges no times, which the way to a distant
        server would spoil. `stop_on_surprise` ends the run at the first answer that breaks a documented clause, is not
        among those expected, or does not come. `script` writes down how else a case is sent, or nothing.
        """
        self._script: Final = script
        sensitive = frozenset(contract.sensitive)
        self.subjects: Final = {maker.operation.id: Subject(maker, sensitive) for maker in makers}
        self._main: Final = next(iter(self.subjects.values()))
        maker = self._main.maker
        self.results: Final = results
        self.resources: Final = Resources(contract, {name: it.maker for name, it in self.subjects.items()}, self)
        self.exchange: Final = exchange
        self.mask: Final = Mask(maker.credentials.secrets(), contract.sensitive)
        self._pace: Final = Pace()
        self.without_token: Final[set[str]] = set()
        """The operations that turned out to ask for no token."""
        # Made once, so that what is drawn later does not depend on how often times had to be compared.
        self._control: Final = maker.legal(f"status.{maker.operation.success}", "a plain request, to compare with")
        self._latest: Case | None = None
        """The case that the server has seen last."""
        self._limits: Final = Limits()
        self._frugal: Final = frugal
        self._stop_on_surprise: Final = stop_on_surprise
        self._reproduction: Final = reproduction or Reproduction(f"http://{exchange.host}", maker.credentials)

    def run(self, cases: Iterable[Case], progress: Callable[[], None] = lambda: None) -> None:
        """Send cases one after the other; StoppedError where going on would only cost time."""
        for case in cases:
            self.send(case)
            progress()

    @property
    def usual_seconds(self) -> float:
        """What this server usually takes to make a meeting, as far as is known."""
        return self._pace.usual()

    def send(self, case: Case) -> HttpAnswer | None:
        """Send one case and enter in the results what its answer shows; None where it is not sent or answered."""
        if not self.subjects[case.operation].maker.operation.is_sendable:
            return None
        ready = self.resources.filled(case)
        if ready is None:
            self.results.unreachable[case.operation] += 1
            return None
        case = ready
        broken = len(self.results.broken(findings=False)) if self._stop_on_surprise else 0
        try:
            answer = self._exchange(self.exchange, case)
        except NoAnswerError as error:
            self._lost(case, error)
            self._surprised_by(case, "it got no answer")
            return None
        except EndedError as error:
            self.conclude()
            self._stop(f"stopped before its end: {error}")
        except WithheldError as error:
            self.results.withheld[str(error)] += 1
            return None
        self.judge(case, answer)
        if answer.status not in case.expect:
            self._surprised_by(case, f"answered with {answer.status}")
        elif self._stop_on_surprise and len(self.results.broken(findings=False)) > broken:
            self._surprised_by(case, "it broke a documented clause")
        return answer

    def _surprised_by(self, case: Case, words: str) -> None:
        if self._stop_on_surprise:
            self._stop(f"stopped at the first surprise: {case.title}: {words}")

    def _stop(self, reason: str, cause: str = "") -> NoReturn:
        self.results.not_run.append(f"{cause}: {reason}" if cause else reason)
        self.results.cause = self.results.cause or cause
        raise StoppedError

    def check_standing(self) -> None:
        """StoppedError, with the cause, where a handful of plain requests do not get through, or only now and then."""
        answers: list[HttpAnswer] = []
        while len(answers) < HANDFUL:
            control = self._plain(self._main.maker.operation.id, "a plain request, to see whether it gets through")
            if control is None:
                return
            try:
                answer = self._exchange(self.exchange, control)
            except NoAnswerError:
                return  # whose clause the cases break
            answers.append(answer)
            if 200 <= answer.status < 300:
                self.judge(control, answer, timed=False)
            else:
                self.results.answers[answer.status] += 1
            if [200 <= it.status < 300 for it in answers] == [True, True]:
                return
        self._stop_if_limited(lambda: raise_cause(answers))

    def conclude(self) -> None:
        """StoppedError, with the cause, where all plain requests of a run were denied, be they few."""
        self._stop_if_limited(self._limits.conclude)

    def _stop_if_limited(self, judge: Callable[[], T], where: str = "") -> T:
        try:
            return judge()
        except LimitError as error:
            self._stop(f"{where}{error}", error.cause)

    def _exchange(self, exchange: Exchange, case: Case) -> HttpAnswer:
        """Send a case's request, and again where the answer asks for that; StoppedError where it does so too long."""

        def transmit() -> HttpAnswer:
            self.results.requests += 1
            return exchange.send(case.request)

        note = functools.partial(self._note_limit, case)
        guarded = exchange.gate is not None
        return self._stop_if_limited(lambda: self._limits.send(transmit, note, guarded=guarded), f"{case.title}: ")

    def _note_limit(self, case: Case, answer: HttpAnswer) -> None:
        """Judge how a documented limit is told, which is not what the case is about."""
        subject = self.subjects[case.operation]
        if answer.status in subject.maker.operation.statuses:
            self.results.answers[answer.status] += 1
            for clause, message in subject.protocol.check(case, answer, decoded(answer.body)):
                self.note(case, clause, message, answer)

    def judge(self, case: Case, answer: HttpAnswer, *, timed: bool = True) -> None:
        """Enter in the results what an answer shows; its time too, unless it came beside others."""
        self._latest = case
        self.results.answers[answer.status] += 1
        self.results.held(self._id(case, "time.none-lost"))
        self.results.held(self._id(case, "answer.complete"))
        if timed and not self._frugal:
            self._time(case, answer)
        for clause, message in self._checks(case, answer):
            self.note(case, clause, message, answer)

    def note(self, case: Case, clause: str, message: str | None, answer: HttpAnswer) -> None:
        """Enter what a check of an answer says; a clause that means nothing for the operation is passed over."""
        clauses = self.subjects[case.operation].clauses
        if clause in clauses.inactive:
            return
        if message is None:
            self.results.entries[clauses[clause].id].cases += 1
        else:
            symptom = self._symptom(case, clause, answer)
            failure = functools.partial(self.failure, case, message, answer, symptom)
            self.results.broke(
                clauses[clause].id, failure, len(case.request.body), symptom, self._id(case, case.clause)
            )

    def _symptom(self, case: Case, clause: str, answer: HttpAnswer) -> str:
        """What a client met, where the clause is judged by the status."""
        if clause.startswith("status.") and answer.status < 500:
            return f"answers {answer.status}"
        if clause not in {case.clause, case.also, *_NEVER_CREATED.values()} and not clause.startswith("status."):
            return ""
        known = self.subjects[case.operation].maker.operation.statuses
        return symptom_of(answer.status, case.expect, known, may_succeed=case.may_succeed)

    def _checks(self, case: Case, packed: HttpAnswer) -> Iterator[Check]:
        subject = self.subjects[case.operation]
        yield "headers.content-encoding", encoding_fault(case, packed)
        answer = packed.unpacked()
        said = decoded(answer.body)
        yield from subject.protocol.check(case, answer, said)
        yield from subject.response.headers(answer)
        if 200 <= answer.status < 300 and case.request.method != "HEAD":
            yield from self._created(case, answer, said)
        if answer.status >= 400:
            yield from subject.sequence.error(case.request.body, answer.body)
        yield from self._expected(case, answer)

    def first_fault(self, case: Case) -> tuple[str, Failure] | None:
        """Send a case and find the first clause that its answer breaks, unless the results knows it for broken.

        The results learns of the cases that held, and nothing of the fault: whoever asks may be on the way to a simpler
        case of it. What depends on the requests before is left to the systematic cases.
        """
        try:
            answer = self._exchange(self.exchange, case)
        except NoAnswerError as error:
            lost = self._id(case, "time.none-lost")
            known = self.results.entries[lost].broken
            return None if known else (lost, self.failure(case, f"{case.title}: {error}"))
        self.results.answers[answer.status] += 1
        for clause, message in self._checks(case, answer):
            if message is None:
                self.note(case, clause, None, answer)
            elif (
                clause not in self.subjects[case.operation].clauses.inactive
                and not self.results.entries[self._id(case, clause)].broken
                and not clause.startswith(_OF_SEVERAL)
            ):
                symptom = self._symptom(case, clause, answer)
                return self._id(case, clause), self.failure(case, message, answer, symptom)
        return None

    def _id(self, case: Case, clause: str) -> str:
        return self.subjects[case.operation].clauses[clause].id

    def _expected(self, case: Case, answer: HttpAnswer) -> Iterator[Check]:
        if case.scene == "bearer" and case.operation in self.without_token:
            return
        if case.clause in _NEVER_CREATED:
            created = 200 <= answer.status < 300 and not case.may_succeed
            yield _NEVER_CREATED[case.clause], f"{case.title}: answered with {answer.status}" if created else None
        if answer.status not in case.expect and answer.status in http_refusals(case.request):
            self.results.by_http[answer.status] += 1
            return
        # A creation under another status breaks `status.201` alone, not every clause that was tried with it.
        if answer.status in case.expect or (case.may_succeed and 200 <= answer.status < 300):
            yield case.clause, None
            if case.also and case.also != case.clause:
                yield case.also, None
            if case.names_created and answer.status != _NOT_FOUND:
                yield "relation.exists", None
            return
        if case.names_created and answer.status == _NOT_FOUND:
            # One clause, and not every one that was to be tried with it.
            yield "relation.exists", f"{case.title}: what was created is answered with {answer.status}"
            return
        promised = self.subjects[case.operation].maker.operation.scheme("http")[1]
        if case.scene == "bearer" and case.title == "no bearer token" and 200 <= answer.status < 300 and not promised:
            self.without_token.add(case.operation)
            note = "the server asks for no bearer token, so its clauses are not exercised"
            self.results.notes += [note] if note not in self.results.notes else []
            return
        denied = answer.status in _DENIALS and 401 not in case.expect
        if denied and (case.denial_allowed or not self._should_be_allowed(case, answer)):
            self.results.denied += 1
            return
        # What ought to be refused for its own fault, or is no more than likely to be let in, breaks its own clause too.
        if denied and not self.subjects[case.operation].clauses[case.clause].is_finding:
            yield "status.no-needless-denial", self._surprise(case, answer)
        if not denied or not case.may_succeed or self.subjects[case.operation].clauses[case.clause].is_finding:
            yield case.clause, self._surprise(case, answer)

    def _should_be_allowed(self, case: Case, answer: HttpAnswer) -> bool:
        """Whether a plain request passes right now, which makes a denial this case's own fault."""
        where = f"from case {case.number} on ({case.title}), "
        if self._frugal:
            if case.may_succeed and not self.results.diversity.accepted:
                self._limits.learn(answer)
                self._stop_if_limited(self._limits.conclude, where)
            return False
        if self._limits.knows_denials:
            return False
        control = self._plain(case.operation, "a plain request, to see whether it is denied too")
        told = None
        with contextlib.suppress(NoAnswerError):
            told = self._exchange(self.exchange, control) if control else None
        return self._stop_if_limited(lambda: self._limits.learn(told), where)

    def _surprise(self, case: Case, answer: HttpAnswer) -> str:
        wanted = " or ".join(str(status) for status in sorted(case.expect))
        return f"{case.title}: answered with {answer.status}, expected {wanted}"

    def _plain(self, operation: str, title: str) -> Case | None:
        maker = self.subjects[operation].maker
        return self.resources.filled(maker.legal(f"status.{maker.operation.success}", title))

    def _created(self, case: Case, answer: HttpAnswer, said: Json | NotJson) -> Iterator[Check]:
        subject = self.subjects[case.operation]
        success = subject.success
        # What another method or path is answered with is no answer of this operation.
        if "unmatched" in case.scene and answer.status != success:
            return
        if case.request.method != subject.maker.operation.method and case.may_succeed:
            return
        yield "status.no-needless-denial", None
        yield f"status.{success}", None if answer.status == success else f"a success is answered with {answer.status}"
        self.results.succeeded[case.operation] += answer.status == success
        if answer.status != success and answer.status in subject.maker.operation.statuses:
            return
        # What ought to have been refused breaks the clause that says so; nothing is promised of what becomes of it.
        if not case.may_succeed:
            return
        if isinstance(said, NotJson):
            described = subject.maker.operation.response_media_types(success)
            if described and any("json" in it for it in described):
                yield f"response.{success}.body", f"the body is not JSON: {said.reason}"
            elif answer.body and not described:
                yield f"response.{success}.body", "there is a body, and the contract describes none"
            else:
                yield f"response.{success}.body", None
            return
        yield f"response.{success}.body", subject.response.shape(said)
        yield from subject.response.schema(said)
        if isinstance(said, dict):
            yield from self._resource(subject, case, answer, said)

    def _resource(self, subject: Subject, case: Case, answer: HttpAnswer, got: dict[str, Any]) -> Iterator[Check]:
        sent = case.body if isinstance(case.body, dict) else {}
        told = [role for role, secret in self.mask.secrets_in(got) for _, value in answer.headers if secret in value]
        yield "headers.no-secrets", f"a header holds the answer's {told[0]}" if told else None
        yield from subject.response.echo(sent, got)
        yield from subject.memory.judge(sent, got, answer, in_turn=case.clause != "sequence.concurrent")
        if sent and subject.maker.operation.method == "POST":  # a change need not name what it keeps
            for name, value in subject.response.unset(sent, got):
                yield from subject.sequence.unset(name, value)
            yield from subject.sequence.shape(sent, got)
            self._note_diversity(subject, sent)
        if subject.maker.operation.method == "POST":
            yield from subject.sequence.check(case.title, got)

    def _note_diversity(self, subject: Subject, sent: Mapping[str, Any]) -> None:
        dimensions = subject.maker.profile.dimensions
        if not dimensions and self._main.maker.profile.dimensions:
            return
        seen = self.results.diversity
        seen.accepted += 1
        for kind, name in dimensions.items():
            getattr(seen, kind).add(str(sent.get(name))[:200])
        seen.option_sets.add(",".join(sorted(sent)))

    def _time(self, case: Case, answer: HttpAnswer) -> None:
        pace, clause = self._pace, self._id(case, "time.answer")
        created, size = answer.status == self.subjects[case.operation].success, len(case.request.body)
        if pace.is_slow(answer.elapsed, size):
            known = self.results.entries[clause].broken
            fault = pace.slow_fault(answer.elapsed, size, lambda: self._beside(case), machine_is_busy, known=known > 0)
        elif (fault := pace.note(answer.elapsed, machine_is_busy, created=created)) is None:
            self.results.held(clause)
        if fault:
            self.results.broke(clause, self.failure(case, f"{case.title}: {fault}", answer))
        self._stop_if_impatient()

    def _beside(self, case: Case) -> tuple[float, float]:
        """The seconds of a plain request, and of a case right after it; no answer takes the time limit."""
        plain = self.resources.filled(self._control) or case
        taken = []
        for each in (plain, case):
            try:
                taken.append(self._exchange(self.exchange, each).elapsed)
            except NoAnswerError as error:
                taken.append(error.elapsed)
        return taken[0], taken[1]

    def _lost(self, case: Case, error: NoAnswerError) -> None:
        if isinstance(error.__cause__, ConnectionRefusedError):
            # No fault of this case, which nobody has seen.
            before = f"after case {self._latest.number}: {self._latest.title}" if self._latest else ""
            self._stop(f"the server stopped answering {before or 'before the first case'}", "unreachable")
        self._latest = case
        self._pace.lost += error.elapsed
        if isinstance(error.__cause__, TimeoutError) and machine_is_busy():
            plain, again = self._beside(case)
            if again < self.exchange.time_limit or plain > again / 2:
                self._pace.unmeasured += 1
                self._stop_if_impatient()
                return
        clause = "answer.complete" if "IncompleteRead" in str(error) else "time.none-lost"
        self.results.broke(self._id(case, clause), self.failure(case, f"{case.title}: {error}"))
        self._pace.missing += 1
        self._stop_if_impatient()

    def _stop_if_impatient(self) -> None:
        if self._pace.unmeasured and BUSY not in self.results.notes:
            self.results.notes.append(BUSY)
        if self._pace.missing >= _MISSING_ENOUGH:
            self._stop(f"stopped early: {self._pace.missing} requests got no answer")
        if self._pace.lost > _PATIENCE:
            self._stop(f"stopped early: slow and lost answers have cost {self._pace.lost:.0f} s")

    def failure(self, case: Case, message: str, answer: HttpAnswer | None = None, symptom: str = "") -> Failure:
        """What a report tells of a contradiction, without any secret: the run's, or one that the answer brought."""
        answer = answer and answer.unpacked()
        mask = self.mask.knowing(self.mask.secrets_in(decoded(answer.body))) if answer else self.mask
        return Failure(
            mask(message),
            case.title,
            mask(shown_request(case.request)),
            mask(shown_answer(answer)) if answer else "",
            number=case.number,
            curl=mask(self._reproduction.curl(case.request)),
            call=mask(self._script(case)),
            size=len(case.request.body),
            symptom=symptom,
            tries=self._id(case, case.clause),
        )

    def concurrently(self, rounds: int = 12, workers: int = 6) -> None:
        """Send requests from several connections at once and hold each answer against its own request."""
        maker, plan = self._main.maker, list[Case]()
        for turn, n in itertools.product(range(rounds), range(workers)):
            body = maker.whole() if (n + turn) % 2 else None
            plan.append(maker.legal("sequence.concurrent", f"request {n} of {workers} at once", body))
        self.beside(plan, workers)

    def beside(self, cases: Iterable[Case], workers: int, progress: Callable[[], None] = lambda: None) -> None:
        """Send cases from several connections at once and judge the answers in the order of the cases."""
        keep = self.serves_many()
        idle: SimpleQueue[Exchange] = SimpleQueue()
        for _ in range(workers):
            idle.put(self.exchange.another())
        waiting: deque[tuple[Case, Future[HttpAnswer | NoAnswerError]]] = deque()
        with ThreadPoolExecutor(workers) as pool:
            try:
                for case in filter(None, map(self.resources.filled, cases)):
                    waiting.append((case, pool.submit(_borrowed, idle, case.request, keep=keep)))
                    if len(waiting) >= 2 * workers:
                        self._receive(*waiting.popleft())
                    progress()
                for each in waiting:
                    self._receive(*each)
            finally:
                pool.shutdown(cancel_futures=True)
                for _ in range(workers):
                    idle.get().close()

    def serves_many(self) -> bool:
        """Whether a second connection is served while a first one is open; a simple server takes one at a time."""
        self.exchange.close_idle()
        with self.exchange.another() as first, self.exchange.another() as second:
            second.time_limit = min(second.time_limit, _A_MOMENT + 2 * self.usual_seconds)
            for exchange in (first, second):
                case = self.resources.filled(self._control)
                try:
                    if case is not None:
                        self.judge(case, self._exchange(exchange, case), timed=False)
                except NoAnswerError:
                    return False
        return True

    def _receive(self, case: Case, sent: Future[HttpAnswer | NoAnswerError]) -> None:
        self.results.requests += 1
        result = sent.result()
        if isinstance(result, HttpAnswer) and self._limits.has_begun(result):
            with contextlib.suppress(NoAnswerError):
                result = self._exchange(self.exchange, case)
        if isinstance(result, NoAnswerError):
            self._lost(case, result)
        else:
            self.judge(case, result, timed=False)


def _borrowed(idle: "SimpleQueue[Exchange]", request: HttpRequest, *, keep: bool) -> HttpAnswer | NoAnswerError:
    """Send a request over one of the idle connections, and keep that open only if others are served meanwhile."""
    exchange = idle.get()
    try:
        return exchange.send(request)
    except NoAnswerError as error:
        return error
    finally:
        if not keep:
            exchange.close_idle()
        idle.put(exchange)

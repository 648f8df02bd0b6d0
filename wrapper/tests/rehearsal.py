"""A call without any I/O: the test says what each attempt brings, and sets the clock."""

from collections.abc import Iterable
from typing import Any

from luminus_zoom import Event, Meeting, ZoomError
from luminus_zoom._call import Call, Failure, Policy, Send, Wait
from luminus_zoom._request import Credentials, prepare
from luminus_zoom._response import Response
from luminus_zoom._secrets import Secret
from wrapper.tests.calls import ARGUMENTS, KEY, TOKEN


class Rehearsal:
    """A call whose attempts bring what the test says, each after some seconds.

    `result` is what came of it; `steps` what it asked for; `events` what it told.
    """

    def __init__(self, *results: Response | Failure, seconds: float = 0, **policy: Any) -> None:
        self.now = 100.0
        self.steps: list[Send | Wait] = []
        self.events: list[Event] = []
        self.result: Meeting | ZoomError
        self.call = Call(
            prepare("https://luminus.invalid", "x", ARGUMENTS),
            Policy(**policy),
            (self.events.append,),
            lambda: self.now,
        )
        self.call.authorize(Credentials(Secret(KEY), Secret(TOKEN)))
        try:
            self._run(iter(results), seconds)
        except ZoomError as error:
            self.result = error

    def _run(self, results: Iterable[Response | Failure], seconds: float) -> None:
        steps, result, coming = self.call.steps(), None, iter(results)
        while True:
            try:
                step = steps.send(result)
            except StopIteration as done:
                self.result = done.value
                return
            self.steps.append(step)
            self.now += step.seconds if isinstance(step, Wait) else seconds
            result = None if isinstance(step, Wait) else next(coming)

    @property
    def waits(self) -> list[float]:
        """The seconds that were waited."""
        return [step.seconds for step in self.steps if isinstance(step, Wait)]

    @property
    def error(self) -> Any:
        """The result, where it has to be an error."""
        return self.result

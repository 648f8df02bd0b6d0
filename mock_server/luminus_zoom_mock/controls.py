"""What tests do with a mock, whichever way it is reached: make it fail, look at what came, and assert what was made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from luminus_zoom_mock import journal
from luminus_zoom_mock.app import MockApp
from luminus_zoom_mock.journal import Recorded
from luminus_zoom_mock.settings import SUBSCRIPTION_KEY
from luminus_zoom_mock.store import Meeting


class Controls:
    """The part that `MockServer` and `InProcessMock` share. Every method may be called from any thread."""

    app: MockApp
    base_url: str

    @property
    def subscription_key(self) -> str:
        """A subscription key that is let through."""
        keys = self.app.settings.subscription_keys
        return SUBSCRIPTION_KEY if SUBSCRIPTION_KEY in keys else min(keys)

    @property
    def token(self) -> str | None:
        """The bearer token that is asked for; None where none is."""
        return self.app.token

    @property
    def meetings(self) -> list[Meeting]:
        """The meetings created so far, as they were answered, secrets included."""
        return self.app.store.meetings()

    @property
    def requests(self) -> list[Recorded]:
        """The requests so far, those to the mock's own routes apart; the latest 10,000 of them (`Settings.journal`)."""
        return self.app.journal.recorded()

    def fail_next(self, fault: str | int, **options: Any) -> None:
        """Let the next request meet a fault: a name of `FAULTS`, or a status such as 503.

        Args:
            fault: what goes wrong. Faults "after creating" wait for a request that the service does not refuse.
            options: `times`: for how many requests, None for all until `clear_faults`. `seconds`: how late an answer
                is, or what Retry-After says. `probability`: above 0, at most 1; the same in every run. `when`: a
                mapping of properties that the request's body must have, or a callable that takes the
                `luminus_zoom_mock.exchange.Call`. With a status also `body`, `headers` and `after_creating`.

        Raises:
            ValueError: there is no such fault, or an option has a value without meaning.
        """
        self.app.faults.extend([{"fault": fault, **options}])

    def script(self, faults: Iterable[str | int | None]) -> None:
        """Let the next requests meet these faults, one each, in this order; None stands for none.

        Raises:
            ValueError: there is no such fault.
        """
        self.app.faults.script(faults)

    def clear_faults(self) -> None:
        """Let no request fail any more."""
        self.app.faults.clear()

    def assert_created(self, times: int | None = None, **properties: Any) -> None:
        """Assert how many meetings with these properties were created; None stands for at least one.

        The properties have the names of the API, and are looked for in what was sent (``access``, too) and answered.

        Raises:
            AssertionError: there were more or fewer. The message lists what was created, secrets masked.
        """
        journal.assert_created(self.requests, times, properties, self.app.contract.sensitive)

    def clear(self) -> None:
        """Forget meetings, requests and faults."""
        self.app.store.clear()
        self.app.journal.clear()
        self.app.faults.clear()

    def save(self, path: Path | str) -> None:
        """Write the meetings to a file that `load` reads. It holds their passwords."""
        Path(path).write_text(json.dumps(self.meetings, ensure_ascii=False), encoding="utf-8")

    def load(self, path: Path | str) -> None:
        """Add the meetings of a file that `save` wrote.

        Raises:
            OSError, ValueError: the file cannot be read, or is no such file.
        """
        meetings = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(meetings, list) or not all(isinstance(it, dict) for it in meetings):
            raise ValueError(f"{path} is no file that `save` wrote")
        for meeting in meetings:
            self.app.store.add(json.dumps(meeting, ensure_ascii=False, separators=(",", ":")).encode())

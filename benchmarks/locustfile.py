"""A load test of an endpoint on this machine, with Locust; docs/scale.md has the commands.

Users send what the contract suite's cases sends as legal: every triple of optional properties, each body with a name
of its own. An answer counts as a failure unless it is a 201 that tells of that name. Creating meetings is not free of
consequences, so nothing but a loopback address is accepted, and a run ends by itself.
"""

import itertools
import json
import os
import random
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from locust import FastHttpUser, events, task
from locust.exception import StopUser

sys.path.insert(0, str(Path(__file__).parent.parent))

from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.cases.combinations import combination_cases
from luminus_zoom_contract.run.session import maker_for
from luminus_zoom_contract.run.transport import is_loopback
from luminus_zoom_contract.spec.document import DEFAULT, Contract

CONTRACT = Contract.load(DEFAULT)
MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"
LONGEST = 300
"""Seconds after which a run ends, whatever it was told."""


@events.init.add_listener
def refuse(environment: Any, **_: Any) -> None:
    """Refuse a host that is not loopback, and bound the run."""
    if environment.host and not is_loopback(urlsplit(environment.host).hostname or ""):
        sys.exit("refused: each success creates a meeting, so the host must be a loopback address")
    options = environment.parsed_options
    options.run_time = min(int(options.run_time or 30), LONGEST)


class Organiser(FastHttpUser):
    """Somebody who creates meetings one after the other, without a pause."""

    def on_start(self) -> None:
        """Make the requests that this user repeats."""
        url = urlsplit(self.host)
        if not is_loopback(url.hostname or ""):
            raise StopUser
        credentials = Credentials(os.environ.get("LUMINUS_SUBSCRIPTION_KEY", "0123456789abcdef0123456789abcdef"))
        where = {"host": url.netloc, "base_path": url.path.rstrip("/"), "scope": MODULE, "seed": random.getrandbits(64)}
        maker = maker_for(CONTRACT, CONTRACT.operations["addMeeting"], credentials, **where)
        legal = [case for case in combination_cases(maker) if case.expect == {201}]
        self.cases = itertools.cycle(legal)

    @task
    def create(self) -> None:
        """Create a meeting and compare its name."""
        case = next(self.cases)
        headers = dict(case.request.headers)
        with self.client.post("/Meeting", data=case.request.body, headers=headers, catch_response=True) as answer:
            if answer.status_code != 201:
                answer.failure(f"answered with {answer.status_code}")
            elif json.loads(answer.content).get("name") != case.body["name"]:
                answer.failure("another meeting's name")

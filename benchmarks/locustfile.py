"""A load test of an endpoint on this machine, with Locust; docs/scale.md has the command.

Users send the contract's full example, each time with another name. An answer counts as a failure unless it is a 201
with that name. Each success creates a meeting, so nothing but a loopback address is accepted, and a run ends by itself.
"""

import ipaddress
import os
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from locust import FastHttpUser, events, task

CONTRACT = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text(encoding="utf-8"))
REQUEST = CONTRACT["components"]["examples"]["FullRequest"]["value"]
KEY = {"Ocp-Apim-Subscription-Key": os.environ.get("LUMINUS_SUBSCRIPTION_KEY", "0123456789abcdef0123456789abcdef")}
LONGEST = 300
"""Seconds after which a run ends, whatever it was told."""


def is_loopback(host: str | None) -> bool:
    """Whether an address is this machine's own, without asking a name server."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


@events.init.add_listener
def refuse(environment: Any, **_: Any) -> None:
    """Refuse a host that is not loopback, and bound the run."""
    if environment.host and not is_loopback(urlsplit(environment.host).hostname):
        sys.exit("refused: each success creates a meeting, so the host must be a loopback address")
    options = environment.parsed_options
    options.run_time = min(int(options.run_time or 30), LONGEST)


class Organiser(FastHttpUser):
    """Somebody who creates meetings one after the other, without a pause."""

    @task
    def create(self) -> None:
        """Create a meeting and compare its name."""
        # The host may have been changed in Locust's web page.
        if not is_loopback(urlsplit(self.host).hostname):
            sys.exit("refused: the host must be a loopback address")
        body = {**REQUEST, "name": f"load {uuid.uuid4()}"}
        with self.client.post("/Meeting", json=body, headers=KEY, catch_response=True) as answer:
            if answer.status_code != 201:
                answer.failure(f"answered with {answer.status_code}")
            elif answer.json().get("name") != body["name"]:
                answer.failure("another meeting's name")

"""The command line of the suite. What it leaves out, and an empty variable gives, is absent.

The endpoint and the credentials may come through the environment, so that no credential stands in a command line.
"""

import argparse
import os
import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.permission import Rules
from luminus_zoom_contract.run.search import database
from luminus_zoom_contract.run.session import Live, Options
from luminus_zoom_contract.spec.document import DEFAULT

LOG: Final = "created.jsonl"
ARCHIVE: Final = "exchanges.har"
_RUN_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{3,31}")
_CREDENTIALS: Final = ("subscription_key", "token", "forbidden_key")
_FROM_ENVIRONMENT: Final = ("base_url", *_CREDENTIALS)
_LIVE_ONLY: Final = ("max_creates", "rate", "run_id", "stop_on_surprise", "allow_hosts", "allow_access")
_TIME_LIMITS: Final = {False: 3.0, True: 30.0}
"""Seconds to wait for an answer: from this machine, and from a service that asks Zoom first."""


def parse(arguments: Sequence[str] | None, environment: Mapping[str, str] = os.environ) -> argparse.Namespace:
    """Read a command line; exits with 2, as argparse does, where it makes no sense."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    for name in _FROM_ENVIRONMENT:
        given = getattr(parsed, name) or environment.get(f"LUMINUS_{name.upper()}", "")
        setattr(parsed, name, given.strip())
    if not parsed.live and (stray := [name for name in _LIVE_ONLY if getattr(parsed, name)]):
        parser.error(f"--{stray[0].replace('_', '-')} is for --live")
    if parsed.live and not parsed.base_url:
        parser.error("--live needs an endpoint: --base-url, or make verify BASE_URL=…")
    if parsed.live and not parsed.module_id:
        parser.error("--live needs --module-id, a module in which meetings may be created and deleted again")
    if parsed.live and parsed.budget:
        parser.error("--budget is not for --live: what fuzzers draw is not put to a real service")
    return parsed


def options(parsed: argparse.Namespace) -> Options:
    """The session's options for a command line; ValueError for a value that means nothing."""
    live = None
    if parsed.live:
        run_id = parsed.run_id or f"ct-{secrets.token_hex(3)}"
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError("--run-id: 4 to 32 lower-case letters, digits and hyphens")
        given = frozenset(name for name in ("allow_hosts", "allow_access") if getattr(parsed, name))
        rules = Rules(str(parsed.module_id), run_id, given)
        live = Live(
            rules,
            parsed.out / LOG,
            max_creates=5 if parsed.max_creates is None else parsed.max_creates,
            rate=2.0 if parsed.rate is None else parsed.rate,
            stop_on_surprise=parsed.stop_on_surprise,
        )
    return Options(
        base_url=parsed.base_url,
        credentials=Credentials(parsed.subscription_key, parsed.token, parsed.forbidden_key),
        module_id=str(parsed.module_id or ""),
        seed=parsed.seed,
        examples=parsed.examples,
        budget=parsed.budget,
        strict=parsed.strict,
        time_limit=parsed.time_limit or _TIME_LIMITS[parsed.live],
        live=live,
        contract=parsed.contract,
        dry_run=parsed.dry_run,
        database=database(parsed.database),
        archive=parsed.out / ARCHIVE if parsed.har and not parsed.dry_run else None,
        command=_command(parsed, live),
    )


def _command(parsed: argparse.Namespace, live: Live | None) -> str:
    """The command without its seed, with all that decides which case has which number.

    Credentials are named by the shell's variables, which have to be set: without one of them there are fewer cases.
    """
    shown = {name: getattr(parsed, name) for name in ("base_url", "module_id", "live", *_LIVE_ONLY, "strict", "budget")}
    shown |= {"contract": parsed.contract if parsed.contract != DEFAULT else "", "stop_on_surprise": ""}
    shown |= {"run_id": live.rules.run_id if live else "", "rate": ""}
    given = [
        f"{name.upper()}={1 if value is True else shlex.quote(str(value))}" for name, value in shown.items() if value
    ]
    secret = [f'{it.upper()}="${{LUMINUS_{it.upper()}:?}}"' for it in _CREDENTIALS if getattr(parsed, it)]
    return " ".join(["make verify", *given, *(secret if parsed.base_url else [])])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m luminus_zoom_contract", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--base-url", default="", help="the API to test, such as http://127.0.0.1:9000/zoom; default: the mock"
    )
    parser.add_argument("--contract", type=Path, default=DEFAULT, help="the OpenAPI document; default: LumiNUS's own")
    parser.add_argument("--subscription-key", default="", help="a valid subscription key of that API")
    parser.add_argument("--token", default="", help="a bearer token, where it asks for one")
    parser.add_argument("--forbidden-key", default="", help="a valid key of a user without rights, to see the 403")
    parser.add_argument("--module-id", type=_uuid, help="a module in which the user may create meetings; default: any")
    parser.add_argument("--seed", type=int, default=1, help="what the run draws; the same seed sends the same bytes")
    parser.add_argument("--case", type=int, metavar="N", help="send one case of the run, and show what comes of it")
    parser.add_argument("--time-limit", type=seconds, help="how long to wait for an answer; default: 3s, or 30s live")
    parser.add_argument("--strict", **_SWITCH, help="findings fail as well")
    parser.add_argument("--dry-run", **_SWITCH, help="list what would be sent, and send nothing")
    parser.add_argument("--out", type=Path, default=Path("build/conformance"), help="the folder for the reports")
    parser.add_argument("--har", **_SWITCH, help=f"write every exchange into {ARCHIVE} in that folder")
    fuzzing = parser.add_argument_group("fuzzing")
    fuzzing.add_argument("--examples", type=int, default=20, help="examples of each property")
    fuzzing.add_argument("--budget", type=seconds, default=0.0, help="time for it, such as 60s; default: --examples")
    fuzzing.add_argument(
        "--database",
        default="",
        help="where failures are remembered: a folder, redis://… or none; default: .hypothesis",
    )
    live = parser.add_argument_group("a real endpoint (docs/contract-testing.md)")
    live.add_argument("--live", **_SWITCH, help="send to an address that is not loopback, under guard")
    live.add_argument("--max-creates", type=int, help="meetings that may be created at most; default: 5")
    live.add_argument("--rate", type=float, help="requests a second, at most; default: 2")
    live.add_argument("--run-id", default="", help="the mark in every name; default: drawn anew")
    live.add_argument("--stop-on-surprise", **_SWITCH, help="stop at the first answer that is not expected")
    live.add_argument("--allow-hosts", **_SWITCH, help="send alternative hosts too")
    live.add_argument("--allow-access", **_SWITCH, help="send access rights too, but never public ones")
    return parser


def flag(text: str) -> bool:
    """Yes or no as people write it. An empty text, as of a variable that is not set, is no."""
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.strip().lower() not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is neither yes (1, true) nor no (0, false)")
    return known[text.strip().lower()]


_SWITCH: Final[Mapping[str, Any]] = {"nargs": "?", "const": True, "default": False, "type": flag, "metavar": "YES"}
"""An option that stands alone for yes, or has a value."""


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None


def seconds(text: str) -> float:
    """A time as people write it: 90, 90s, 5m, 1h."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 60s, 5m or 1h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]

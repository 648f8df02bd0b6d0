"""The command `luminus-zoom-mock`, also `python -m luminus_zoom_mock`: serve the mock until it is interrupted."""

from __future__ import annotations

import argparse
import contextlib
import json
import shlex
import signal
import socket
import sqlite3
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from luminus_zoom_mock.app import MockApp, create_app
from luminus_zoom_mock.server import base_url, server_config
from luminus_zoom_mock.settings import SUBSCRIPTION_KEY, TOKEN, Settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with these arguments, by default the process's; returns when it is interrupted or terminated."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        app = create_app(_settings(options))
        family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        listener = socket.create_server((options.host, options.port), family=family)
    except (OSError, ValueError, LookupError, sqlite3.Error) as error:
        parser.error(f"{type(error).__name__}: {error}")
    print(_greeting(app, base_url(app, listener)), flush=True)
    # Without this a SIGTERM would end the process before the store is closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(app.store):
        uvicorn.Server(server_config(app)).run([listener])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="luminus-zoom-mock", description="A mock of LumiNUS's Zoom API.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8000, help="port to listen on; 0 takes a free one (default: %(default)s)")
    add("--as-observed", action="store_true", help="behave as was recorded of sibling operations, not as the page says")
    add("--db", type=Path, metavar="PATH", help="SQLite file that keeps the meetings (default: in memory)")
    add("--contract", type=Path, metavar="PATH", help="OpenAPI document to behave by (default: the one shipped)")
    add(
        "--allow-origin", action="append", metavar="O", help="origin whose pages may call (CORS), * for any; repeatable"
    )
    add("--key", action="append", metavar="K", help="subscription key to accept, instead of the mock's own; repeatable")
    add("--token", metavar="T", help="bearer token to ask for (default: none; with --as-observed the mock's own)")
    add(
        "--module-id",
        action="append",
        metavar="UUID",
        help="module to allow, others get 403; repeatable (default: all)",
    )
    add("--rate-limit", type=_rate, metavar="N/SECONDS", help="calls a key may make in so many seconds, then 429")
    add("--quota", type=int, metavar="N", help="calls that are let through in all, then 403")
    return parser


def _rate(text: str) -> tuple[int, float]:
    calls, _, seconds = text.partition("/")
    return int(calls), float(seconds)


def _settings(options: argparse.Namespace) -> Settings:
    rate_limit, rate_period = options.rate_limit or (None, Settings().rate_period)
    return Settings(
        subscription_keys=frozenset(options.key or [SUBSCRIPTION_KEY]),
        token=options.token,
        as_observed=options.as_observed,
        module_ids=options.module_id and frozenset(options.module_id),
        rate_limit=rate_limit,
        rate_period=rate_period,
        quota=options.quota,
        db=options.db,
        allow_origins=frozenset(options.allow_origin or []),
        contract=options.contract,
    )


def _greeting(app: MockApp, url: str) -> str:
    """Say where the mock is and how to call it. The mock's own key and token are public; others are not repeated."""
    settings, contract = app.settings, app.contract
    host = urlsplit(url).hostname or ""
    own = ip_address(host).is_loopback
    # An address that stands for all of this machine's is no address to call.
    url = url.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")  # noqa: S104
    key = SUBSCRIPTION_KEY if SUBSCRIPTION_KEY in settings.subscription_keys else "$KEY"
    token = {None: "", TOKEN: TOKEN}.get(app.token, "$TOKEN")
    headers = [f"{place.name}: {key}" for place in contract.main.keys[:1] if place.where == "header"]
    headers += ["Content-Type: application/json"] if contract.main.body else []
    headers += [f"Authorization: Bearer {token}"] if token else []
    others = "  from other machines: its name instead of the address; luminus_zoom needs allow_http=True"
    root = url.removesuffix(contract.base)
    body = f" -d {shlex.quote(json.dumps(contract.example(), default=str))}" if contract.main.body else ""
    return "\n".join(
        [
            f"LumiNUS Zoom mock at {url} (Ctrl-C ends it)",
            *([] if own else [others]),
            f"  subscription key: {key if key == SUBSCRIPTION_KEY else 'the one you gave'}",
            f"  for luminus_zoom: export LUMINUS_BASE_URL={url} LUMINUS_SUBSCRIPTION_KEY={key}"
            + (f" LUMINUS_TOKEN={token}" if token else ""),
            f"  create a meeting: curl -sS {url}{contract.main.path}"
            + "".join(f' -H "{header}"' for header in headers)
            + body,
            f"  list what exists: curl -sS {root}/_mock/meetings",
            f"  in a browser: {root}/",
        ]
    )

"""The wrapper as the suite uses it: a client that sends through the session's exchange, and arguments for it."""

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

import httpx
from hypothesis import strategies as st

from luminus_zoom import Access, ZoomClient
from luminus_zoom.meeting import WIRE_NAMES, Meeting
from luminus_zoom_contract.cases.case import Case, Credentials, Maker, encode
from luminus_zoom_contract.cases.samples import legal_values
from luminus_zoom_contract.checks.add_meeting import LISTS, PARAMETERS, PATH, ROLE, VALUES
from luminus_zoom_contract.report.results import Failure
from luminus_zoom_contract.run.adapters import HttpxTransport
from luminus_zoom_contract.run.session import Session

_EXAMPLE: Final = {"name": "CS1010 lecture 3", "duration": 90, "waiting_room": True, "mute_upon_entry": True}
_SINGAPORE: Final = timezone(timedelta(hours=8))
_LONGEST: Final = 4000
_REFUSED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e]")
"""Characters that the wrapper refuses in a line of text."""
UNSET: Final = (None, "", 0, False)
"""What a meeting's field may be where nothing was sent for it."""


def client(session: Session, transport: HttpxTransport) -> ZoomClient:
    """The wrapper's client for a session's endpoint."""
    credentials = session.options.credentials
    return ZoomClient(
        base_url=session.base_url,
        subscription_key=credentials.key,
        token=credentials.token or None,
        http_client=httpx.Client(transport=transport),
        retries=0,
    )


def example_meeting(session: Session) -> str:
    """Create one meeting through the wrapper and say what came of it, secrets hidden."""
    mark = session.maker("example").mark
    arguments: dict[str, Any] = {
        **_EXAMPLE,
        "name": f"[{mark}] {_EXAMPLE['name']}" if mark else _EXAMPLE["name"],
        "module_id": session.module,
        "start": datetime(2035, 1, 18, 10, tzinfo=_SINGAPORE),
    }
    transport = HttpxTransport(session.exchange)
    try:
        with client(session, transport) as zoom:
            meeting = zoom.create_meeting(**arguments)
    except Exception as error:  # the example must not keep the suite from running: it will say more
        return f"The wrapper could not create a meeting: {type(error).__name__}: {session.runner.mask(str(error))}"
    finally:
        session.results.requests += 1
    session.results.answers[201] += 1
    session.results.succeeded[session.operations[0].id] += 1
    faults = [fault for name, value in arguments.items() if (fault := difference(name, value, meeting))]
    if faults:
        call = python_call(session.base_url, arguments)
        session.results.broke("wrapper.round-trip", Failure(session.runner.mask(faults[0]), "the example", call=call))
    else:
        session.results.held("wrapper.round-trip")
    return f"{meeting!r}"


def arguments(maker: Maker) -> st.SearchStrategy[dict[str, Any]]:
    """Any valid arguments of `create_meeting`: those of a legal body, as callers have them."""
    bodies = legal_values(maker.operation.request_fields, (), maker.fixed)
    return st.builds(_as_called, st.just(maker), bodies, st.lists(st.emails(), min_size=1, max_size=4), st.booleans())


def _as_called(maker: Maker, body: Mapping[str, Any], hosts: list[str], objects: bool) -> dict[str, Any]:
    """A body's arguments, as Python's objects or plainer ones, without what the wrapper refuses in texts."""
    given, extra = _arguments(body, UUID)
    for wire, name in PARAMETERS.items():
        value = given.get(name)
        if isinstance(value, list):
            given[name] = hosts
        elif isinstance(value, str) and maker.field((wire,)).schema.get("format") == "uuid":
            given[name] = UUID(value) if objects else value
        elif isinstance(value, str):
            line = _REFUSED.sub("-", value)
            given[name] = line if re.search(r"\w", line) or wire != maker.text else f"{line[1:]}x"
    if objects:
        given["duration"] = timedelta(minutes=given["duration"])
    return given | ({"extra": extra} if extra else {})


def difference(name: str, sent: Any, meeting: Meeting) -> str | None:
    """What is wrong with the meeting's counterpart of an argument, in words; None where nothing is."""
    if name not in WIRE_NAMES:
        return None
    got, wanted = getattr(meeting, name), _as_read(name, sent)
    if got is None and WIRE_NAMES[name] not in meeting.raw:
        return None
    close = isinstance(got, datetime) and isinstance(wanted, datetime) and abs(got - wanted) < timedelta(seconds=1)
    return (
        None if got == wanted or close or (got is None and wanted in UNSET) else f"{name}: sent {wanted!r}, got {got!r}"
    )


def _as_read(name: str, sent: Any) -> Any:
    if name in {"module_id", "channel_id"}:
        return UUID(str(sent))
    if name == "duration":
        return sent if isinstance(sent, timedelta) else timedelta(minutes=sent)
    return ",".join(sent) if name == "alternative_hosts" else sent


def script_for(session_origin: str, credentials: Credentials, case: Case) -> str:
    """A runnable call of the wrapper that sends the case's body, or nothing where there is none."""
    if not isinstance(case.body, dict) or len(case.request.body) > _LONGEST or not _is_plain(case, credentials):
        return ""
    base_url = session_origin + case.request.target.rpartition("/")[0]
    try:
        arguments, extra = _arguments(case.body)
        with ZoomClient(base_url=base_url, subscription_key="0") as zoom:
            for options in ({}, {"validate": False}):
                given: Any = {**arguments, **({"extra": extra} if extra else {}), **options}
                if _sends(zoom, given, case.body):
                    return python_call(base_url, given)
    except Exception:
        return ""
    return ""


def _is_plain(case: Case, credentials: Credentials) -> bool:
    """Whether a request is one that the wrapper would send."""
    headers = {name.lower(): value for name, value in case.request.headers}
    known = {"content-type", "host", "accept", "authorization", "user-agent"}
    keys = [value for name, value in headers.items() if name not in known]
    return (
        case.request.method == "POST"
        and PATH.fullmatch(case.request.target) is not None
        and headers.get("content-type") == "application/json"
        and keys == [credentials.key]
        and headers.get("authorization", "") == (credentials.token and f"Bearer {credentials.token}")
    )


def python_call(base_url: str, arguments: Mapping[str, Any]) -> str:
    """A script that calls the wrapper with some arguments; it finds the credentials in the environment."""
    lines = "".join(f"        {name}={_expression(value)},\n" for name, value in arguments.items())
    used = [name for name in ("datetime", "timedelta") if re.search(rf"={name}\b", lines)]
    names = [*(["Access"] if "=Access(" in lines else []), "ZoomClient"]
    return (
        (f"from datetime import {', '.join(used)}\n\n" if used else "")
        + f"from luminus_zoom import {', '.join(names)}\n\n"
        + f"with ZoomClient(base_url={base_url!r}) as zoom:  # LUMINUS_SUBSCRIPTION_KEY, LUMINUS_TOKEN\n"
        + f"    zoom.create_meeting(\n{lines}    )\n"
    )


def _sends(zoom: Any, given: Mapping[str, Any], body: Any) -> bool:
    try:
        sent = zoom.preview_meeting(**given).body
    except ValueError:
        return False
    # As text: 1, 1.0 and true are equal in Python.
    return bool(json.dumps(json.loads(sent), sort_keys=True) == json.dumps(json.loads(encode(body)), sort_keys=True))


def _arguments(body: Mapping[str, Any], make_id: Callable[[str], Any] = str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The wrapper's arguments for a body, and the properties that it has none for. `make_id` makes ids of rights."""
    known = {PARAMETERS[wire]: value for wire, value in body.items() if wire in PARAMETERS}
    if isinstance(start := known.get("start"), str):
        with contextlib.suppress(ValueError):
            known["start"] = datetime.fromisoformat(start)
    if isinstance(hosts := known.get("alternative_hosts"), str):
        known["alternative_hosts"] = hosts.split(",")
    if isinstance(tree := known.get("access"), dict):
        rights: dict[str, Any] = {
            name: {make_id(item[key]): item[ROLE] for item in tree[wire]} for name, wire, key in LISTS if wire in tree
        }
        known["access"] = Access(**rights | {name: tree.get(wire) for name, wire in VALUES})
    return known, {wire: value for wire, value in body.items() if wire not in PARAMETERS}


def _expression(value: Any) -> str:
    """A value as Python that makes an equal one."""
    if isinstance(value, datetime):
        return f"datetime.fromisoformat({value.isoformat()!r})"
    if isinstance(value, timedelta):
        return f"timedelta(minutes={value / timedelta(minutes=1):g})"
    if type(value).__name__ == "Access":
        parts = {name: getattr(value, name) for name in ("groups", "users", "public", "inherited_resource_id")}
        return f"Access({', '.join(f'{name}={_expression(part)}' for name, part in parts.items() if part)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_expression(key)}: {_expression(item)}' for key, item in value.items())}}}"
    return repr(str(value)) if isinstance(value, UUID) else ascii(value) if not _shows(value) else repr(value)


def _shows(value: Any) -> bool:
    return not isinstance(value, str) or value.isprintable()

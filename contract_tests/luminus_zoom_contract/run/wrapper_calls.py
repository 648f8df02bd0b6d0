"""The wrapper as the suite uses it: a client that sends through the session's exchange, and arguments for it."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

import httpx
from hypothesis import strategies as st

from luminus_zoom import Access, ZoomClient
from luminus_zoom.meeting import WIRE_NAMES, Meeting
from luminus_zoom_api.limits import REQUEST
from luminus_zoom_contract.cases.case import Case, Credentials, encode
from luminus_zoom_contract.checks.add_meeting import LISTS, PARAMETERS, PATH, ROLE, VALUES
from luminus_zoom_contract.report.results import Failure
from luminus_zoom_contract.run.adapters import HttpxTransport
from luminus_zoom_contract.run.session import Session

_EXAMPLE: Final = {"name": "CS1010 lecture 3", "duration": 90, "waiting_room": True, "mute_upon_entry": True}
_SINGAPORE: Final = timezone(timedelta(hours=8))
_LONGEST: Final = 4000
_NOT_ECHOED: Final = {"lesson_id", "access"}
UNSET: Final = (None, "", 0, False)
"""What a meeting's field may be where nothing was sent for it."""
_LIMITS: Final[Mapping[str, Any]] = REQUEST["properties"]


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


def uuids() -> st.SearchStrategy[str | UUID]:
    """Ids as callers have them: UUIDs, or their text in either case; never the zero UUID."""
    ids = st.uuids(allow_nil=False)
    return ids | ids.map(str) | ids.map(lambda value: str(value).upper())


def texts(most: int) -> st.SearchStrategy[str]:
    """Texts of one line, without the controls that the wrapper refuses."""
    directions = "\u202a\u202b\u202c\u202d\u202e"
    kept = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters=directions)
    return st.text(kept, max_size=most)


def starts() -> st.SearchStrategy[datetime]:
    """Aware starts from 2035 to 2099, with offsets of whole minutes up to 14 hours, and with fractions of a second."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    return st.datetimes(datetime(2035, 1, 1), datetime(2099, 12, 30), timezones=offsets)


def access() -> st.SearchStrategy[Access]:
    """Access rights of any shape."""
    roles = st.integers(1, 6)
    people = st.dictionaries(st.uuids(allow_nil=False), roles, max_size=4)
    inherited = st.none() | st.uuids(allow_nil=False)
    return st.builds(Access, groups=people, users=people, public=st.none() | roles, inherited_resource_id=inherited)


def arguments(module: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any valid arguments of `create_meeting`, bounds taken from the generated limits."""
    length = _LIMITS["duration"]
    step = length.get("multipleOf", 1)
    durations = st.integers(-(-length["minimum"] // step), length["maximum"] // step).map(lambda count: count * step)
    flags = (
        "send_email",
        "publish_record_url",
        "waiting_room",
        "meeting_authentication",
        "mute_upon_entry",
        "export_multimedia_web",
        "publish_multimedia_channel",
    )
    wires = {parameter: wire for wire, parameter in PARAMETERS.items()}
    choices = {name: wires[name] for name in ("record_type", "authentication_option", "meeting_type")}
    hosts = st.lists(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True), min_size=1, max_size=4)
    optional: dict[str, st.SearchStrategy[Any]] = {
        "lesson_id": uuids(),
        "channel_id": uuids(),
        "channel_name": texts(60),
        "alternative_hosts": hosts,
        "access": access(),
        **dict.fromkeys(flags, st.booleans()),
        **{name: st.sampled_from(_LIMITS[wire]["enum"]) for name, wire in choices.items()},
    }
    required = {
        "module_id": st.just(module),
        "name": texts(_LIMITS["name"]["maxLength"]).filter(str.strip),
        "start": starts(),
        "duration": durations | durations.map(lambda minutes: timedelta(minutes=minutes)),
    }
    return st.fixed_dictionaries(required, optional=optional)


def difference(name: str, sent: Any, meeting: Meeting) -> str | None:
    """What is wrong with the meeting's counterpart of an argument, in words; None where nothing is."""
    if name in _NOT_ECHOED:
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


def _arguments(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The wrapper's arguments for a body, and the properties that it has none for."""
    known = {PARAMETERS[wire]: _argument(PARAMETERS[wire], value) for wire, value in body.items() if wire in PARAMETERS}
    return known, {wire: value for wire, value in body.items() if wire not in PARAMETERS}


def _argument(name: str, value: Any) -> Any:
    if name == "start" and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    if name == "alternative_hosts" and isinstance(value, str):
        return value.split(",")
    return _access(value) if name == "access" and isinstance(value, dict) else value


def _access(tree: Mapping[str, Any]) -> Any:
    rights: dict[str, Any] = {
        name: {item[key]: item[ROLE] for item in tree[wire]} for name, wire, key in LISTS if wire in tree
    }
    return Access(**rights | {name: tree.get(wire) for name, wire in VALUES})


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

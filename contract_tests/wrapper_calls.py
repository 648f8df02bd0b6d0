"""The wrapper as the suite uses it: a client that sends through the session's exchange, and arguments for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st

from contract_tests.bridges import HttpxTransport
from contract_tests.ledger import Failure
from contract_tests.reproduction import python_call
from contract_tests.session import Session
from luminus_zoom import Access, ZoomClient
from luminus_zoom.meeting import WIRE_NAMES, Meeting
from luminus_zoom_api.limits import REQUEST

_EXAMPLE: Final = {"name": "CS1010 lecture 3", "duration": 90, "waiting_room": True, "mute_upon_entry": True}
_SINGAPORE: Final = timezone(timedelta(hours=8))
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
        transport=transport,
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
        session.ledger.requests += 1
    session.ledger.answers[201] += 1
    faults = [fault for name, value in arguments.items() if (fault := difference(name, value, meeting))]
    if faults:
        call = python_call(session.base_url, arguments)
        session.ledger.broke("wrapper.round-trip", Failure(session.runner.mask(faults[0]), "the example", call=call))
    else:
        session.ledger.held("wrapper.round-trip")
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
    choices = {"record_type": "recordType", "authentication_option": "authenticationOpt", "meeting_type": "meetingType"}
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

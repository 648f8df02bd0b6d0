"""The meeting that the service describes in its answer."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import attrs
from attrs import field, frozen

from luminus_zoom_api.limits import SENSITIVE

from ._secrets import MASK, mask_text

Kind = Literal[
    "text", "uuid", "time", "flag", "minutes", "number", "record type", "authentication option", "meeting type"
]
SHORTEST_SECRET = 4
_PATH = re.compile(r"[\w:/.-]*", re.ASCII)


@frozen
class Deviation:
    """One place where an answer breaks the contract.

    `pointer` is a JSON pointer (RFC 6901) into the body, empty for the answer as a whole; `expected` and `got` are
    words for people. Secrets are not quoted.
    """

    pointer: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the answer'}: expected {self.expected}, got {self.got}"


def wire(name: str, kind: Kind) -> Any:
    """A field read from a property of the answer: its wire name, and how its value is read."""
    return field(default=None, metadata={"wire": name, "kind": kind})


@frozen(kw_only=True, repr=False)
class Meeting:
    """A meeting that was created. A field is None if the answer does not set it.

    Not set are absent, null and empty values, the zero GUID and the year 1: the service uses all of them. Times are
    aware, `duration` is a timedelta, ids are UUIDs. `raw` is the answer's object as it came; `deviations` lists where
    it breaks the contract; `status` and `headers` (names in lower case, secrets masked) are the answer's. Two meetings
    are equal when their fields are. Source: the page's section "201 Created".
    """

    id: UUID | None = wire("id", "uuid")
    name: str | None = wire("name", "text")
    start: datetime | None = wire("startDate", "time")
    end: datetime | None = wire("endDate", "time")
    created: datetime | None = wire("createdDate", "time")
    creator_id: UUID | None = wire("creatorID", "uuid")
    readonly_access: bool | None = wire("readonlyAccess", "flag")
    user_id: str | None = wire("userID", "text")
    user_name: str | None = wire("userName", "text")
    email: str | None = wire("email", "text")
    topic: str | None = wire("topic", "text")
    api_user_name: str | None = wire("apiUserName", "text")
    meeting_id: str | None = wire("meetingID", "number")
    duration: timedelta | None = wire("meetingDuration", "minutes")
    password: str | None = wire("meetingPassword", "text")
    join_url: str | None = wire("joinUrl", "text")
    host_key: str | None = wire("hostKey", "text")
    send_email: bool | None = wire("isSendEmail", "flag")
    publish_record_url: bool | None = wire("isPublishRecordURL", "flag")
    password_set: bool | None = wire("isSetPassword", "flag")
    waiting_room: bool | None = wire("isWaitingRoom", "flag")
    meeting_authentication: bool | None = wire("meetingAuthentication", "flag")
    mute_upon_entry: bool | None = wire("muteUponEntry", "flag")
    not_found_in_zoom: bool | None = wire("notFoundInZoom", "flag")
    record_type: int | None = wire("recordType", "record type")
    authentication_option: int | None = wire("authenticationOpt", "authentication option")
    alternative_hosts: str | None = wire("alternativeHosts", "text")
    meeting_type: int | None = wire("meetingType", "meeting type")
    module_id: UUID | None = wire("moduleID", "uuid")
    export_multimedia_web: bool | None = wire("exportMultimediaWeb", "flag")
    channel_id: UUID | None = wire("channelID", "uuid")
    channel_name: str | None = wire("channelName", "text")
    publish_multimedia_channel: bool | None = wire("publishMutimediaChannel", "flag")
    raw: Mapping[str, Any] = field(factory=dict, eq=False)
    deviations: tuple[Deviation, ...] = field(default=(), eq=False)
    status: int | None = field(default=None, eq=False)
    headers: Mapping[str, str] = field(factory=dict, eq=False)

    def __repr__(self) -> str:
        return f"Meeting({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        """What is shown: the fields that are set, secrets masked. rich would show all fields of an attrs class."""
        yield from self.masked()._set_fields().items()
        if self.deviations:
            yield "deviations", len(self.deviations)

    def _set_fields(self) -> dict[str, Any]:
        """The fields that have a value, in the order of the contract."""
        pairs = ((name, getattr(self, name)) for name in WIRE_NAMES)
        return {name: value for name, value in pairs if value is not None}

    def masked(self) -> "Meeting":
        """The same meeting without password and host key, without the join URL's password, and without `raw`."""
        values = self._set_fields()
        secrets = secret_texts(values)
        masked: dict[str, Any] = {
            name: mask_text(value, secrets) for name, value in values.items() if isinstance(value, str)
        }
        for name, kind in SENSITIVE_FIELDS.items():
            if name in masked:
                # Of a URL only what is certainly not secret is kept: scheme, host and path.
                path = _PATH.match(getattr(self, name))[0] if kind == "query" else None  # type: ignore[index]
                masked[name] = path if path == getattr(self, name) else (path or "") + MASK
        return attrs.evolve(self, raw={}, **masked)

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set, ready for JSON, secrets included.

        Times are ISO 8601 with their offset, `duration` is in minutes, ids are text.
        """
        plain = {name: _plain(value) for name, value in self._set_fields().items()}
        if self.duration is not None:
            plain["duration"] = self.duration // timedelta(minutes=1)
        return plain

    def to_ics(self) -> str:
        """The meeting as an iCalendar object (RFC 5545) with one event; needs the extra ``ics``.

        Raises:
            ImportError: the extra is not installed.
            ValueError: the meeting has no start.
        """
        try:
            import icalendar as _  # noqa: F401 - asked for here, so that one line can say what to install
        except ModuleNotFoundError as error:
            raise ImportError(f"to_ics needs {error.name}: pip install 'luminus-zoom[ics]'") from error
        if self.start is None:
            raise ValueError("A meeting without a start cannot become a calendar event.")
        event = {
            "uid": self.id or uuid5(NAMESPACE_URL, repr(self.to_dict())),
            "dtstamp": self.created or self.start,
            "dtstart": self.start,
            "duration": self.duration or (self.end - self.start if self.end else timedelta()),
            "summary": self.name or self.topic or "Zoom meeting",
            "url": self.join_url,
        }
        return calendar([event]).decode()


def calendar(events: Iterable[Mapping[str, Any]]) -> bytes:
    """An iCalendar object (RFC 5545) of events, each with its properties; those that are not set are left out.

    The `uid` becomes one of this library. Whoever imports two calendars with the same gets one event.
    """
    from icalendar import Calendar, Event

    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", "-//luminus-zoom//EN")
    for properties in events:
        event = Event()
        for name, value in {**properties, "uid": f"{properties['uid']}@luminus-zoom"}.items():
            if value is not None:
                # In UTC: other offsets would need a definition of their time zone (RFC 5545, section 3.6.5).
                event.add(name, value.astimezone(UTC) if isinstance(value, datetime) else value)
        whole.add_component(event)
    return bytes(whole.to_ical())


def secret_texts(values: Mapping[str, Any]) -> list[str]:
    """The texts among a meeting's fields that are secret.

    To replace one or two characters would garble everything else and hide nothing.
    """
    found = (values.get(name) for name, kind in SENSITIVE_FIELDS.items() if kind is True)
    return [str(value) for value in found if value is not None and len(str(value)) >= SHORTEST_SECRET]


def _plain(value: Any) -> Any:
    """A field's value as JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


WIRE_NAMES: Mapping[str, str] = {
    attribute.name: attribute.metadata["wire"] for attribute in attrs.fields(Meeting) if attribute.metadata
}
SENSITIVE_FIELDS: Mapping[str, bool | str] = {
    name: SENSITIVE[wire_name] for name, wire_name in WIRE_NAMES.items() if wire_name in SENSITIVE
}
"""The fields that openapi.yaml marks with x-sensitive: True, or "query" for a URL whose query is secret."""
KINDS: Mapping[str, Kind] = {
    attribute.name: attribute.metadata["kind"] for attribute in attrs.fields(Meeting) if attribute.metadata
}

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.authentication_option import AuthenticationOption
from ..models.meeting_type import MeetingType
from ..models.record_type import RecordType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.access_rights import AccessRights


T = TypeVar("T", bound="NewMeeting")


@_attrs_define
class NewMeeting:
    """A meeting to create.

    Attributes:
        module_id (UUID): The course that the meeting belongs to.
        name (str): The meeting's name, which becomes Zoom's topic.
        start_date (datetime.datetime): When the meeting starts. Send an offset; how a time without one is read is not
            documented.
        duration (int): Length in minutes, in steps of a quarter of an hour, at most 24 h 45 min.
        lesson_id (UUID | Unset): The lesson, when the meeting is part of a learning flow.
        access (AccessRights | Unset): Who may see the meeting, and as what.
        is_send_email (bool | Unset): Whether every participant is sent an e-mail.
        is_publish_record_url (bool | Unset): Whether the cloud recording's address is published once there is one.
        is_waiting_room (bool | Unset): Whether participants wait to be admitted.
        meeting_authentication (bool | Unset): Whether participants must sign in.
        mute_upon_entry (bool | Unset): Whether participants are muted when they enter.
        record_type (RecordType | Unset): 1 records to the cloud, 2 on the host's computer.
        authentication_opt (AuthenticationOption | Unset): 1 asks for an NUS Zoom account, 2 for any Zoom account.
        alternative_hosts (str | Unset): E-mail addresses or ids of alternative hosts, separated by commas.
        meeting_type (MeetingType | Unset): 1 exam, 2 custom, 3 timetable.
        export_multimedia_web (bool | Unset): Whether the cloud recording is exported to the multimedia tool (its LTI
            must be active).
        channel_id (UUID | Unset): The multimedia channel to export to.
        channel_name (str | Unset): That channel's name.
        publish_mutimedia_channel (bool | Unset): Whether that channel is published. (The name's spelling is the
            service's.)
    """

    module_id: UUID
    name: str
    start_date: datetime.datetime
    duration: int
    lesson_id: UUID | Unset = UNSET
    access: AccessRights | Unset = UNSET
    is_send_email: bool | Unset = UNSET
    is_publish_record_url: bool | Unset = UNSET
    is_waiting_room: bool | Unset = UNSET
    meeting_authentication: bool | Unset = UNSET
    mute_upon_entry: bool | Unset = UNSET
    record_type: RecordType | Unset = UNSET
    authentication_opt: AuthenticationOption | Unset = UNSET
    alternative_hosts: str | Unset = UNSET
    meeting_type: MeetingType | Unset = UNSET
    export_multimedia_web: bool | Unset = UNSET
    channel_id: UUID | Unset = UNSET
    channel_name: str | Unset = UNSET
    publish_mutimedia_channel: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        module_id = str(self.module_id)

        name = self.name

        start_date = self.start_date.isoformat()

        duration = self.duration

        lesson_id: str | Unset = UNSET
        if not isinstance(self.lesson_id, Unset):
            lesson_id = str(self.lesson_id)

        access: dict[str, Any] | Unset = UNSET
        if not isinstance(self.access, Unset):
            access = self.access.to_dict()

        is_send_email = self.is_send_email

        is_publish_record_url = self.is_publish_record_url

        is_waiting_room = self.is_waiting_room

        meeting_authentication = self.meeting_authentication

        mute_upon_entry = self.mute_upon_entry

        record_type: int | Unset = UNSET
        if not isinstance(self.record_type, Unset):
            record_type = self.record_type.value

        authentication_opt: int | Unset = UNSET
        if not isinstance(self.authentication_opt, Unset):
            authentication_opt = self.authentication_opt.value

        alternative_hosts = self.alternative_hosts

        meeting_type: int | Unset = UNSET
        if not isinstance(self.meeting_type, Unset):
            meeting_type = self.meeting_type.value

        export_multimedia_web = self.export_multimedia_web

        channel_id: str | Unset = UNSET
        if not isinstance(self.channel_id, Unset):
            channel_id = str(self.channel_id)

        channel_name = self.channel_name

        publish_mutimedia_channel = self.publish_mutimedia_channel

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "moduleID": module_id,
                "name": name,
                "startDate": start_date,
                "duration": duration,
            }
        )
        if lesson_id is not UNSET:
            field_dict["lessonID"] = lesson_id
        if access is not UNSET:
            field_dict["access"] = access
        if is_send_email is not UNSET:
            field_dict["isSendEmail"] = is_send_email
        if is_publish_record_url is not UNSET:
            field_dict["isPublishRecordURL"] = is_publish_record_url
        if is_waiting_room is not UNSET:
            field_dict["isWaitingRoom"] = is_waiting_room
        if meeting_authentication is not UNSET:
            field_dict["meetingAuthentication"] = meeting_authentication
        if mute_upon_entry is not UNSET:
            field_dict["muteUponEntry"] = mute_upon_entry
        if record_type is not UNSET:
            field_dict["recordType"] = record_type
        if authentication_opt is not UNSET:
            field_dict["authenticationOpt"] = authentication_opt
        if alternative_hosts is not UNSET:
            field_dict["alternativeHosts"] = alternative_hosts
        if meeting_type is not UNSET:
            field_dict["meetingType"] = meeting_type
        if export_multimedia_web is not UNSET:
            field_dict["exportMultimediaWeb"] = export_multimedia_web
        if channel_id is not UNSET:
            field_dict["channelID"] = channel_id
        if channel_name is not UNSET:
            field_dict["channelName"] = channel_name
        if publish_mutimedia_channel is not UNSET:
            field_dict["publishMutimediaChannel"] = publish_mutimedia_channel

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.access_rights import AccessRights  # noqa: PLC0415

        d = dict(src_dict)
        module_id = UUID(d.pop("moduleID"))

        name = d.pop("name")

        start_date = datetime.datetime.fromisoformat(d.pop("startDate"))

        duration = d.pop("duration")

        _lesson_id = d.pop("lessonID", UNSET)
        lesson_id: UUID | Unset
        if isinstance(_lesson_id, Unset):
            lesson_id = UNSET
        else:
            lesson_id = UUID(_lesson_id)

        _access = d.pop("access", UNSET)
        access: AccessRights | Unset
        if isinstance(_access, Unset):
            access = UNSET
        else:
            access = AccessRights.from_dict(_access)

        is_send_email = d.pop("isSendEmail", UNSET)

        is_publish_record_url = d.pop("isPublishRecordURL", UNSET)

        is_waiting_room = d.pop("isWaitingRoom", UNSET)

        meeting_authentication = d.pop("meetingAuthentication", UNSET)

        mute_upon_entry = d.pop("muteUponEntry", UNSET)

        _record_type = d.pop("recordType", UNSET)
        record_type: RecordType | Unset
        if isinstance(_record_type, Unset):
            record_type = UNSET
        else:
            record_type = RecordType(_record_type)

        _authentication_opt = d.pop("authenticationOpt", UNSET)
        authentication_opt: AuthenticationOption | Unset
        if isinstance(_authentication_opt, Unset):
            authentication_opt = UNSET
        else:
            authentication_opt = AuthenticationOption(_authentication_opt)

        alternative_hosts = d.pop("alternativeHosts", UNSET)

        _meeting_type = d.pop("meetingType", UNSET)
        meeting_type: MeetingType | Unset
        if isinstance(_meeting_type, Unset):
            meeting_type = UNSET
        else:
            meeting_type = MeetingType(_meeting_type)

        export_multimedia_web = d.pop("exportMultimediaWeb", UNSET)

        _channel_id = d.pop("channelID", UNSET)
        channel_id: UUID | Unset
        if isinstance(_channel_id, Unset):
            channel_id = UNSET
        else:
            channel_id = UUID(_channel_id)

        channel_name = d.pop("channelName", UNSET)

        publish_mutimedia_channel = d.pop("publishMutimediaChannel", UNSET)

        new_meeting = cls(
            module_id=module_id,
            name=name,
            start_date=start_date,
            duration=duration,
            lesson_id=lesson_id,
            access=access,
            is_send_email=is_send_email,
            is_publish_record_url=is_publish_record_url,
            is_waiting_room=is_waiting_room,
            meeting_authentication=meeting_authentication,
            mute_upon_entry=mute_upon_entry,
            record_type=record_type,
            authentication_opt=authentication_opt,
            alternative_hosts=alternative_hosts,
            meeting_type=meeting_type,
            export_multimedia_web=export_multimedia_web,
            channel_id=channel_id,
            channel_name=channel_name,
            publish_mutimedia_channel=publish_mutimedia_channel,
        )

        new_meeting.additional_properties = d
        return new_meeting

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.meeting_record_type import MeetingRecordType
from ..types import UNSET, Unset

T = TypeVar("T", bound="Meeting")


@_attrs_define
class Meeting:
    """A meeting that exists. No property is promised.

    Attributes:
        id (UUID | Unset): The meeting's id in LumiNUS.
        name (str | Unset): The meeting's name.
        start_date (datetime.datetime | Unset): When the meeting starts.
        end_date (datetime.datetime | Unset): When the meeting ends.
        created_date (datetime.datetime | Unset): When the record was created.
        creator_id (UUID | Unset): The user who created it.
        readonly_access (bool | Unset): Whether the calling user may only read it.
        user_id (str | Unset): The creator's NUSNET id.
        user_name (str | Unset): The creator's name.
        email (str | Unset): The creator's e-mail address.
        topic (str | Unset): Zoom's topic.
        api_user_name (str | Unset): The name of the Zoom API's user.
        meeting_id (str | Unset): Zoom's number for joining.
        meeting_duration (int | Unset): Length in minutes.
        meeting_password (str | Unset): The generated password for joining.
        join_url (str | Unset): The address for joining.
        host_key (str | Unset): The key with which somebody becomes host.
        is_send_email (bool | Unset): Whether participants were sent an e-mail.
        is_publish_record_url (bool | Unset): Whether the cloud recording's address is published.
        is_set_password (bool | Unset): Whether joining needs a password.
        is_waiting_room (bool | Unset): Whether participants wait to be admitted.
        meeting_authentication (bool | Unset): Whether participants must sign in.
        mute_upon_entry (bool | Unset): Whether participants are muted when they enter.
        not_found_in_zoom (bool | Unset): Whether Zoom no longer knows the meeting.
        record_type (MeetingRecordType | Unset): As the request's; 0, which no request may carry, is not explained.
        authentication_opt (int | Unset): As in the request.
        alternative_hosts (str | Unset): As in the request.
        meeting_type (int | Unset): As in the request.
        module_id (UUID | Unset): The course that the meeting belongs to.
        export_multimedia_web (bool | Unset): As in the request.
        channel_id (UUID | Unset): As in the request.
        channel_name (str | Unset): As in the request.
        publish_mutimedia_channel (bool | Unset): As in the request.
    """

    id: UUID | Unset = UNSET
    name: str | Unset = UNSET
    start_date: datetime.datetime | Unset = UNSET
    end_date: datetime.datetime | Unset = UNSET
    created_date: datetime.datetime | Unset = UNSET
    creator_id: UUID | Unset = UNSET
    readonly_access: bool | Unset = UNSET
    user_id: str | Unset = UNSET
    user_name: str | Unset = UNSET
    email: str | Unset = UNSET
    topic: str | Unset = UNSET
    api_user_name: str | Unset = UNSET
    meeting_id: str | Unset = UNSET
    meeting_duration: int | Unset = UNSET
    meeting_password: str | Unset = UNSET
    join_url: str | Unset = UNSET
    host_key: str | Unset = UNSET
    is_send_email: bool | Unset = UNSET
    is_publish_record_url: bool | Unset = UNSET
    is_set_password: bool | Unset = UNSET
    is_waiting_room: bool | Unset = UNSET
    meeting_authentication: bool | Unset = UNSET
    mute_upon_entry: bool | Unset = UNSET
    not_found_in_zoom: bool | Unset = UNSET
    record_type: MeetingRecordType | Unset = UNSET
    authentication_opt: int | Unset = UNSET
    alternative_hosts: str | Unset = UNSET
    meeting_type: int | Unset = UNSET
    module_id: UUID | Unset = UNSET
    export_multimedia_web: bool | Unset = UNSET
    channel_id: UUID | Unset = UNSET
    channel_name: str | Unset = UNSET
    publish_mutimedia_channel: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id: str | Unset = UNSET
        if not isinstance(self.id, Unset):
            id = str(self.id)

        name = self.name

        start_date: str | Unset = UNSET
        if not isinstance(self.start_date, Unset):
            start_date = self.start_date.isoformat()

        end_date: str | Unset = UNSET
        if not isinstance(self.end_date, Unset):
            end_date = self.end_date.isoformat()

        created_date: str | Unset = UNSET
        if not isinstance(self.created_date, Unset):
            created_date = self.created_date.isoformat()

        creator_id: str | Unset = UNSET
        if not isinstance(self.creator_id, Unset):
            creator_id = str(self.creator_id)

        readonly_access = self.readonly_access

        user_id = self.user_id

        user_name = self.user_name

        email = self.email

        topic = self.topic

        api_user_name = self.api_user_name

        meeting_id = self.meeting_id

        meeting_duration = self.meeting_duration

        meeting_password = self.meeting_password

        join_url = self.join_url

        host_key = self.host_key

        is_send_email = self.is_send_email

        is_publish_record_url = self.is_publish_record_url

        is_set_password = self.is_set_password

        is_waiting_room = self.is_waiting_room

        meeting_authentication = self.meeting_authentication

        mute_upon_entry = self.mute_upon_entry

        not_found_in_zoom = self.not_found_in_zoom

        record_type: int | Unset = UNSET
        if not isinstance(self.record_type, Unset):
            record_type = self.record_type.value

        authentication_opt = self.authentication_opt

        alternative_hosts = self.alternative_hosts

        meeting_type = self.meeting_type

        module_id: str | Unset = UNSET
        if not isinstance(self.module_id, Unset):
            module_id = str(self.module_id)

        export_multimedia_web = self.export_multimedia_web

        channel_id: str | Unset = UNSET
        if not isinstance(self.channel_id, Unset):
            channel_id = str(self.channel_id)

        channel_name = self.channel_name

        publish_mutimedia_channel = self.publish_mutimedia_channel

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if name is not UNSET:
            field_dict["name"] = name
        if start_date is not UNSET:
            field_dict["startDate"] = start_date
        if end_date is not UNSET:
            field_dict["endDate"] = end_date
        if created_date is not UNSET:
            field_dict["createdDate"] = created_date
        if creator_id is not UNSET:
            field_dict["creatorID"] = creator_id
        if readonly_access is not UNSET:
            field_dict["readonlyAccess"] = readonly_access
        if user_id is not UNSET:
            field_dict["userID"] = user_id
        if user_name is not UNSET:
            field_dict["userName"] = user_name
        if email is not UNSET:
            field_dict["email"] = email
        if topic is not UNSET:
            field_dict["topic"] = topic
        if api_user_name is not UNSET:
            field_dict["apiUserName"] = api_user_name
        if meeting_id is not UNSET:
            field_dict["meetingID"] = meeting_id
        if meeting_duration is not UNSET:
            field_dict["meetingDuration"] = meeting_duration
        if meeting_password is not UNSET:
            field_dict["meetingPassword"] = meeting_password
        if join_url is not UNSET:
            field_dict["joinUrl"] = join_url
        if host_key is not UNSET:
            field_dict["hostKey"] = host_key
        if is_send_email is not UNSET:
            field_dict["isSendEmail"] = is_send_email
        if is_publish_record_url is not UNSET:
            field_dict["isPublishRecordURL"] = is_publish_record_url
        if is_set_password is not UNSET:
            field_dict["isSetPassword"] = is_set_password
        if is_waiting_room is not UNSET:
            field_dict["isWaitingRoom"] = is_waiting_room
        if meeting_authentication is not UNSET:
            field_dict["meetingAuthentication"] = meeting_authentication
        if mute_upon_entry is not UNSET:
            field_dict["muteUponEntry"] = mute_upon_entry
        if not_found_in_zoom is not UNSET:
            field_dict["notFoundInZoom"] = not_found_in_zoom
        if record_type is not UNSET:
            field_dict["recordType"] = record_type
        if authentication_opt is not UNSET:
            field_dict["authenticationOpt"] = authentication_opt
        if alternative_hosts is not UNSET:
            field_dict["alternativeHosts"] = alternative_hosts
        if meeting_type is not UNSET:
            field_dict["meetingType"] = meeting_type
        if module_id is not UNSET:
            field_dict["moduleID"] = module_id
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
        d = dict(src_dict)
        _id = d.pop("id", UNSET)
        id: UUID | Unset
        if isinstance(_id, Unset):
            id = UNSET
        else:
            id = UUID(_id)

        name = d.pop("name", UNSET)

        _start_date = d.pop("startDate", UNSET)
        start_date: datetime.datetime | Unset
        if isinstance(_start_date, Unset):
            start_date = UNSET
        else:
            start_date = datetime.datetime.fromisoformat(_start_date)

        _end_date = d.pop("endDate", UNSET)
        end_date: datetime.datetime | Unset
        if isinstance(_end_date, Unset):
            end_date = UNSET
        else:
            end_date = datetime.datetime.fromisoformat(_end_date)

        _created_date = d.pop("createdDate", UNSET)
        created_date: datetime.datetime | Unset
        if isinstance(_created_date, Unset):
            created_date = UNSET
        else:
            created_date = datetime.datetime.fromisoformat(_created_date)

        _creator_id = d.pop("creatorID", UNSET)
        creator_id: UUID | Unset
        if isinstance(_creator_id, Unset):
            creator_id = UNSET
        else:
            creator_id = UUID(_creator_id)

        readonly_access = d.pop("readonlyAccess", UNSET)

        user_id = d.pop("userID", UNSET)

        user_name = d.pop("userName", UNSET)

        email = d.pop("email", UNSET)

        topic = d.pop("topic", UNSET)

        api_user_name = d.pop("apiUserName", UNSET)

        meeting_id = d.pop("meetingID", UNSET)

        meeting_duration = d.pop("meetingDuration", UNSET)

        meeting_password = d.pop("meetingPassword", UNSET)

        join_url = d.pop("joinUrl", UNSET)

        host_key = d.pop("hostKey", UNSET)

        is_send_email = d.pop("isSendEmail", UNSET)

        is_publish_record_url = d.pop("isPublishRecordURL", UNSET)

        is_set_password = d.pop("isSetPassword", UNSET)

        is_waiting_room = d.pop("isWaitingRoom", UNSET)

        meeting_authentication = d.pop("meetingAuthentication", UNSET)

        mute_upon_entry = d.pop("muteUponEntry", UNSET)

        not_found_in_zoom = d.pop("notFoundInZoom", UNSET)

        _record_type = d.pop("recordType", UNSET)
        record_type: MeetingRecordType | Unset
        if isinstance(_record_type, Unset):
            record_type = UNSET
        else:
            record_type = MeetingRecordType(_record_type)

        authentication_opt = d.pop("authenticationOpt", UNSET)

        alternative_hosts = d.pop("alternativeHosts", UNSET)

        meeting_type = d.pop("meetingType", UNSET)

        _module_id = d.pop("moduleID", UNSET)
        module_id: UUID | Unset
        if isinstance(_module_id, Unset):
            module_id = UNSET
        else:
            module_id = UUID(_module_id)

        export_multimedia_web = d.pop("exportMultimediaWeb", UNSET)

        _channel_id = d.pop("channelID", UNSET)
        channel_id: UUID | Unset
        if isinstance(_channel_id, Unset):
            channel_id = UNSET
        else:
            channel_id = UUID(_channel_id)

        channel_name = d.pop("channelName", UNSET)

        publish_mutimedia_channel = d.pop("publishMutimediaChannel", UNSET)

        meeting = cls(
            id=id,
            name=name,
            start_date=start_date,
            end_date=end_date,
            created_date=created_date,
            creator_id=creator_id,
            readonly_access=readonly_access,
            user_id=user_id,
            user_name=user_name,
            email=email,
            topic=topic,
            api_user_name=api_user_name,
            meeting_id=meeting_id,
            meeting_duration=meeting_duration,
            meeting_password=meeting_password,
            join_url=join_url,
            host_key=host_key,
            is_send_email=is_send_email,
            is_publish_record_url=is_publish_record_url,
            is_set_password=is_set_password,
            is_waiting_room=is_waiting_room,
            meeting_authentication=meeting_authentication,
            mute_upon_entry=mute_upon_entry,
            not_found_in_zoom=not_found_in_zoom,
            record_type=record_type,
            authentication_opt=authentication_opt,
            alternative_hosts=alternative_hosts,
            meeting_type=meeting_type,
            module_id=module_id,
            export_multimedia_web=export_multimedia_web,
            channel_id=channel_id,
            channel_name=channel_name,
            publish_mutimedia_channel=publish_mutimedia_channel,
        )

        meeting.additional_properties = d
        return meeting

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

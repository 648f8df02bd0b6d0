"""Contains all the data models used in inputs/outputs"""

from .access_rights import AccessRights
from .access_role import AccessRole
from .authentication_option import AuthenticationOption
from .gateway_error import GatewayError
from .group_access import GroupAccess
from .meeting import Meeting
from .meeting_record_type import MeetingRecordType
from .meeting_type import MeetingType
from .new_meeting import NewMeeting
from .record_type import RecordType
from .user_access import UserAccess

__all__ = (
    "AccessRights",
    "AccessRole",
    "AuthenticationOption",
    "GatewayError",
    "GroupAccess",
    "Meeting",
    "MeetingRecordType",
    "MeetingType",
    "NewMeeting",
    "RecordType",
    "UserAccess",
)

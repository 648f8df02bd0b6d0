"""Where the API is, its operations, and what openapi.yaml allows in requests and answers, as JSON Schema."""

from typing import Any, Final, NamedTuple


class Operation(NamedTuple):
    """One operation. Schemas are JSON Schema 2020-12 with references followed, and the contract's own `x-` marks."""

    method: str
    path: str
    """The template, to append to SERVER_URL."""
    parameters: list[dict[str, Any]]
    """Each with name, in, required, style, explode and schema."""
    request: dict[str, Any] | None
    """The schema of the body, None without one."""
    request_type: str | None
    """The media type in which the body is sent."""
    request_required: bool
    responses: dict[str, dict[str, Any] | None]
    """The schema of the body by status, which may be a range (4XX) or default; None where it has none."""
    success: str
    """The lowest status of a success."""
    security: list[dict[str, dict[str, Any]]]
    """Alternatives; each names the credentials that are sent together. Empty: none is asked for."""


SERVER_URL: Final = "https://luminus.azure-api.net/zoom"
_ACCESS_ROLE: Final[dict[str, Any]] = {
    "type": "integer",
    "format": "int32",
    "enum": [1, 2, 3, 4, 5, 6],
}
_GROUP_ACCESS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["accessRole", "groupID"],
    "properties": {
        "groupID": {"type": "string", "format": "uuid"},
        "accessRole": _ACCESS_ROLE,
    },
}
_USER_ACCESS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["accessRole", "userID"],
    "properties": {
        "userID": {"type": "string", "format": "uuid"},
        "accessRole": _ACCESS_ROLE,
    },
}
_ACCESS_RIGHTS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "groupAccess": {"type": "array", "items": _GROUP_ACCESS},
        "userAccess": {"type": "array", "items": _USER_ACCESS},
        "publicAccess": {"anyOf": [_ACCESS_ROLE, {"type": "null"}]},
        "inheritedResourceID": {
            "anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]
        },
    },
}
_RECORD_TYPE: Final[dict[str, Any]] = {
    "type": "integer",
    "format": "int32",
    "minimum": 1,
    "maximum": 2,
    "enum": [1, 2],
}
_AUTHENTICATION_OPTION: Final[dict[str, Any]] = {
    "type": "integer",
    "format": "int32",
    "minimum": 1,
    "maximum": 2,
    "enum": [1, 2],
}
_MEETING_TYPE: Final[dict[str, Any]] = {
    "type": "integer",
    "format": "int32",
    "minimum": 1,
    "maximum": 3,
    "enum": [1, 2, 3],
}
_NEW_MEETING: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["duration", "moduleID", "name", "startDate"],
    "properties": {
        "moduleID": {"type": "string", "format": "uuid"},
        "lessonID": {"type": "string", "format": "uuid"},
        "access": _ACCESS_RIGHTS,
        "name": {"type": "string", "minLength": 0, "maxLength": 200},
        "startDate": {"type": "string", "format": "date-time"},
        "duration": {
            "type": "integer",
            "format": "int32",
            "minimum": 15,
            "maximum": 1485,
            "multipleOf": 15,
        },
        "isSendEmail": {"type": "boolean"},
        "isPublishRecordURL": {"type": "boolean"},
        "isWaitingRoom": {"type": "boolean"},
        "meetingAuthentication": {"type": "boolean"},
        "muteUponEntry": {"type": "boolean"},
        "recordType": _RECORD_TYPE,
        "authenticationOpt": _AUTHENTICATION_OPTION,
        "alternativeHosts": {"type": "string"},
        "meetingType": _MEETING_TYPE,
        "exportMultimediaWeb": {"type": "boolean"},
        "channelID": {"type": "string", "format": "uuid"},
        "channelName": {"type": "string"},
        "publishMutimediaChannel": {"type": "boolean"},
    },
}
_MEETING_RECORD_TYPE: Final[dict[str, Any]] = {
    "type": "integer",
    "format": "int32",
    "enum": [0, 1, 2],
}
_MEETING: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid", "x-unique": True},
        "name": {"type": "string", "x-echoes": "name"},
        "startDate": {"type": "string", "format": "date-time", "x-echoes": "startDate"},
        "endDate": {"type": "string", "format": "date-time"},
        "createdDate": {"type": "string", "format": "date-time"},
        "creatorID": {"type": "string", "format": "uuid"},
        "readonlyAccess": {"type": "boolean"},
        "userID": {"type": "string"},
        "userName": {"type": "string"},
        "email": {"type": "string"},
        "topic": {"type": "string", "x-echoes": "name"},
        "apiUserName": {"type": "string"},
        "meetingID": {"type": "string", "x-unique": True},
        "meetingDuration": {
            "type": "integer",
            "format": "int32",
            "x-echoes": "duration",
        },
        "meetingPassword": {"type": "string", "x-sensitive": True},
        "joinUrl": {"type": "string", "x-unique": True, "x-sensitive": "query"},
        "hostKey": {"type": "string", "x-sensitive": True},
        "isSendEmail": {"type": "boolean", "x-echoes": "isSendEmail"},
        "isPublishRecordURL": {"type": "boolean", "x-echoes": "isPublishRecordURL"},
        "isSetPassword": {"type": "boolean"},
        "isWaitingRoom": {"type": "boolean", "x-echoes": "isWaitingRoom"},
        "meetingAuthentication": {
            "type": "boolean",
            "x-echoes": "meetingAuthentication",
        },
        "muteUponEntry": {"type": "boolean", "x-echoes": "muteUponEntry"},
        "notFoundInZoom": {"type": "boolean"},
        "recordType": {**_MEETING_RECORD_TYPE, "x-echoes": "recordType"},
        "authenticationOpt": {
            "type": "integer",
            "format": "int32",
            "x-echoes": "authenticationOpt",
        },
        "alternativeHosts": {"type": "string", "x-echoes": "alternativeHosts"},
        "meetingType": {
            "type": "integer",
            "format": "int32",
            "x-echoes": "meetingType",
        },
        "moduleID": {"type": "string", "format": "uuid", "x-echoes": "moduleID"},
        "exportMultimediaWeb": {"type": "boolean", "x-echoes": "exportMultimediaWeb"},
        "channelID": {"type": "string", "format": "uuid", "x-echoes": "channelID"},
        "channelName": {"type": "string", "x-echoes": "channelName"},
        "publishMutimediaChannel": {
            "type": "boolean",
            "x-echoes": "publishMutimediaChannel",
        },
    },
}
_GATEWAY_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["message", "statusCode"],
    "properties": {
        "statusCode": {"type": "integer"},
        "message": {"type": "string"},
        "activityId": {"type": "string", "format": "uuid"},
    },
}
OPERATIONS: Final[dict[str, Operation]] = {
    "addMeeting": Operation(
        method="POST",
        path="/Meeting",
        parameters=[],
        request=_NEW_MEETING,
        request_type="application/json",
        request_required=True,
        responses={
            "201": _MEETING,
            "400": {"type": "string"},
            "401": _GATEWAY_ERROR,
            "403": {"anyOf": [{"type": "string"}, _GATEWAY_ERROR]},
            "404": _GATEWAY_ERROR,
            "415": None,
            "429": _GATEWAY_ERROR,
            "500": {"anyOf": [{"type": "string"}, _GATEWAY_ERROR]},
        },
        success="201",
        security=[
            {
                "subscriptionKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Ocp-Apim-Subscription-Key",
                }
            },
            {
                "subscriptionKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Ocp-Apim-Subscription-Key",
                },
                "bearerToken": {"type": "http", "scheme": "bearer"},
            },
            {
                "subscriptionKeyQuery": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "subscription-key",
                }
            },
        ],
    )
}
"""The operations by their operationId."""
SENSITIVE: Final[dict[str, bool | str]] = {
    "hostKey": True,
    "joinUrl": "query",
    "meetingPassword": True,
}
"""The properties and parameters with a secret value; "query" where only that of a URL is secret."""
REQUEST: Final[dict[str, Any]] = OPERATIONS["addMeeting"].request or {}
RESPONSE: Final[dict[str, Any]] = (
    OPERATIONS["addMeeting"].responses[OPERATIONS["addMeeting"].success] or {}
)

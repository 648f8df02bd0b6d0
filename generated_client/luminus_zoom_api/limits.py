"""Where the API is, and what openapi.yaml allows in requests and answers, as JSON Schema."""

from typing import Any, Final

SERVER_URL: Final = "https://luminus.azure-api.net/zoom"

REQUEST: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["duration", "moduleID", "name", "startDate"],
    "properties": {
        "moduleID": {"type": "string", "format": "uuid"},
        "lessonID": {"type": "string", "format": "uuid"},
        "access": {
            "type": "object",
            "properties": {
                "groupAccess": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["accessRole", "groupID"],
                        "properties": {
                            "groupID": {"type": "string", "format": "uuid"},
                            "accessRole": {
                                "type": "integer",
                                "format": "int32",
                                "enum": [1, 2, 3, 4, 5, 6],
                            },
                        },
                    },
                },
                "userAccess": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["accessRole", "userID"],
                        "properties": {
                            "userID": {"type": "string", "format": "uuid"},
                            "accessRole": {
                                "type": "integer",
                                "format": "int32",
                                "enum": [1, 2, 3, 4, 5, 6],
                            },
                        },
                    },
                },
                "publicAccess": {
                    "anyOf": [
                        {
                            "type": "integer",
                            "format": "int32",
                            "enum": [1, 2, 3, 4, 5, 6],
                        },
                        {"type": "null"},
                    ]
                },
                "inheritedResourceID": {
                    "anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]
                },
            },
        },
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
        "recordType": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": 2,
            "enum": [1, 2],
        },
        "authenticationOpt": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": 2,
            "enum": [1, 2],
        },
        "alternativeHosts": {"type": "string"},
        "meetingType": {
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": 3,
            "enum": [1, 2, 3],
        },
        "exportMultimediaWeb": {"type": "boolean"},
        "channelID": {"type": "string", "format": "uuid"},
        "channelName": {"type": "string"},
        "publishMutimediaChannel": {"type": "boolean"},
    },
}

RESPONSE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "startDate": {"type": "string", "format": "date-time"},
        "endDate": {"type": "string", "format": "date-time"},
        "createdDate": {"type": "string", "format": "date-time"},
        "creatorID": {"type": "string", "format": "uuid"},
        "readonlyAccess": {"type": "boolean"},
        "userID": {"type": "string"},
        "userName": {"type": "string"},
        "email": {"type": "string"},
        "topic": {"type": "string"},
        "apiUserName": {"type": "string"},
        "meetingID": {"type": "string"},
        "meetingDuration": {"type": "integer", "format": "int32"},
        "meetingPassword": {"type": "string"},
        "joinUrl": {"type": "string"},
        "hostKey": {"type": "string"},
        "isSendEmail": {"type": "boolean"},
        "isPublishRecordURL": {"type": "boolean"},
        "isSetPassword": {"type": "boolean"},
        "isWaitingRoom": {"type": "boolean"},
        "meetingAuthentication": {"type": "boolean"},
        "muteUponEntry": {"type": "boolean"},
        "notFoundInZoom": {"type": "boolean"},
        "recordType": {"type": "integer", "format": "int32", "enum": [0, 1, 2]},
        "authenticationOpt": {"type": "integer", "format": "int32"},
        "alternativeHosts": {"type": "string"},
        "meetingType": {"type": "integer", "format": "int32"},
        "moduleID": {"type": "string", "format": "uuid"},
        "exportMultimediaWeb": {"type": "boolean"},
        "channelID": {"type": "string", "format": "uuid"},
        "channelName": {"type": "string"},
        "publishMutimediaChannel": {"type": "boolean"},
    },
}

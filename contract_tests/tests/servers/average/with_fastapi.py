"""FastAPI, trusting pydantic: texts become numbers, and a refusal is FastAPI's own 422."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from contract_tests.tests.servers.service import FORBIDDEN, KEY, PATH

app = FastAPI()
CREATOR = uuid4()
Role = Annotated[int, Field(ge=1, le=6)]


class GroupAccess(BaseModel):
    """A group's role."""

    groupID: UUID
    accessRole: Role


class UserAccess(BaseModel):
    """A user's role."""

    userID: UUID
    accessRole: Role


class AccessRights(BaseModel):
    """Who may see the meeting, and as what."""

    groupAccess: list[GroupAccess] = []
    userAccess: list[UserAccess] = []
    publicAccess: Role | None = None
    inheritedResourceID: UUID | None = None


class Options(BaseModel):
    """What a request and its answer share."""

    moduleID: UUID
    name: str = Field(max_length=200)
    startDate: datetime
    isSendEmail: bool = False
    isPublishRecordURL: bool = False
    isWaitingRoom: bool = False
    meetingAuthentication: bool = False
    muteUponEntry: bool = False
    recordType: int | None = Field(None, ge=1, le=2)
    authenticationOpt: int | None = Field(None, ge=1, le=2)
    alternativeHosts: str | None = None
    meetingType: int | None = Field(None, ge=1, le=3)
    exportMultimediaWeb: bool = False
    channelID: UUID | None = None
    channelName: str | None = None
    publishMutimediaChannel: bool = False


class NewMeeting(Options):
    """A meeting to create."""

    lessonID: UUID | None = None
    access: AccessRights | None = None
    duration: int = Field(ge=15, le=1485, multiple_of=15)


class Meeting(Options):
    """A meeting that exists."""

    id: UUID
    topic: str
    endDate: datetime
    createdDate: datetime
    creatorID: UUID
    userID: str
    userName: str
    meetingID: str
    meetingDuration: int
    meetingPassword: str
    isSetPassword: bool
    joinUrl: str


@app.post(PATH, status_code=201, response_model_exclude_none=True)
def add_meeting(new: NewMeeting, ocp_apim_subscription_key: Annotated[str, Header()]) -> Meeting:
    """Create a meeting."""
    if ocp_apim_subscription_key == FORBIDDEN:
        raise HTTPException(403, "You may not create meetings in this module.")
    if ocp_apim_subscription_key != KEY:
        raise HTTPException(401, "Invalid subscription key.")
    number = str(secrets.randbelow(9 * 10**10) + 10**10)
    return Meeting(
        **new.model_dump(exclude={"lessonID", "access", "duration"}),
        id=uuid4(),
        topic=new.name,
        endDate=new.startDate + timedelta(minutes=new.duration),
        createdDate=datetime.now(UTC),
        creatorID=CREATOR,
        userID="e0123456",
        userName="Ann",
        meetingID=number,
        meetingDuration=new.duration,
        meetingPassword=secrets.token_hex(4),
        isSetPassword=True,
        joinUrl=f"https://nus-sg.zoom.us/j/{number}",
    )

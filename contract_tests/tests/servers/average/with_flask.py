"""Flask, with checks by hand: what is there is trusted, and what cannot be read fails with 500."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, abort, request

from contract_tests.tests.servers.service import FORBIDDEN, KEY, PATH

app = Flask(__name__)
CREATOR = str(uuid.uuid4())
REQUIRED = ("moduleID", "name", "startDate", "duration")
COPIED = (
    "isSendEmail",
    "isPublishRecordURL",
    "isWaitingRoom",
    "meetingAuthentication",
    "muteUponEntry",
    "recordType",
    "authenticationOpt",
    "alternativeHosts",
    "meetingType",
    "exportMultimediaWeb",
    "channelID",
    "channelName",
    "publishMutimediaChannel",
)


@app.post(PATH)
def add_meeting() -> Any:
    """Create a meeting."""
    key = request.headers.get("Ocp-Apim-Subscription-Key") or request.args.get("subscription-key")
    if key not in (KEY, FORBIDDEN):
        abort(401)
    if key == FORBIDDEN:
        abort(403)
    new = request.get_json()
    missing = [name for name in REQUIRED if name not in new]
    if missing:
        return {"error": f"{missing[0]} is required"}, 400
    if not 15 <= int(new["duration"]) <= 1485:
        return {"error": "duration must be between 15 and 1485"}, 400
    if len(new["name"]) > 200:
        return {"error": "name must have at most 200 characters"}, 400
    module = UUID(new["moduleID"])
    start = datetime.fromisoformat(new["startDate"])
    number = str(uuid.uuid4().int % 10**11).zfill(11)
    return {
        "id": str(uuid.uuid4()),
        "moduleID": str(module),
        "name": new["name"].strip(),
        "topic": new["name"].strip(),
        "startDate": start.isoformat(),
        "endDate": (start + timedelta(minutes=int(new["duration"]))).isoformat(),
        "createdDate": datetime.now().isoformat(),
        "creatorID": CREATOR,
        "userID": "e0123456",
        "userName": "Ann",
        "meetingID": number,
        "meetingDuration": new["duration"],
        "meetingPassword": uuid.uuid4().hex[:8],
        "isSetPassword": True,
        "joinUrl": f"https://nus-sg.zoom.us/j/{number}",
        **{name: new[name] for name in COPIED if name in new},
    }, 201

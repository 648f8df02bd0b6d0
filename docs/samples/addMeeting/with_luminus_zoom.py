from datetime import datetime

from luminus_zoom import ZoomClient

with ZoomClient(base_url="https://luminus.azure-api.net/zoom", subscription_key="YOUR_SUBSCRIPTION_KEY") as zoom:
    meeting = zoom.create_meeting(
        module_id="0f8fad5b-d9cb-469f-a165-70867728950e",
        name="CS1010 lecture 3",
        start=datetime.fromisoformat("2027-01-18T10:00:00+08:00"),
        duration=90,
    )
print(meeting.join_url)

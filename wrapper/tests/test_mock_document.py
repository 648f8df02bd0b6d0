"""docs/mock.md says what the client makes of each fault of the mock: each row of its table is played through."""

import re
from pathlib import Path

import httpx
import pytest

from luminus_zoom import Outcome, ZoomClient, ZoomError
from luminus_zoom_mock import FAULTS, InProcessMock
from wrapper.tests.calls import ARGUMENTS

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "mock.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| (yes|no) \| (.+?) \| (\w*) ?\|$", DOCUMENT, re.MULTILINE)


def test_every_fault_has_its_row() -> None:
    assert [row[0] for row in ROWS] == list(FAULTS)


@pytest.mark.parametrize(("fault", "created", "told", "outcome"), ROWS, ids=[row[0] for row in ROWS])
def test_the_client_makes_of_a_fault_what_the_document_says(fault: str, created: str, told: str, outcome: str) -> None:
    with InProcessMock() as mock, httpx.Client(transport=mock.transport()) as http_client:
        mock.fail_next(fault, seconds=0.01)
        zoom = ZoomClient(
            http_client=http_client, base_url=mock.base_url, subscription_key=mock.subscription_key, retries=0
        )
        if not outcome:
            meeting = zoom.create_meeting(**ARGUMENTS)
            assert bool(meeting.deviations) == ("deviation" in told)
        else:
            with pytest.raises(ZoomError) as caught:
                zoom.create_meeting(**ARGUMENTS)
            assert (f"`{type(caught.value).__name__}`", caught.value.outcome) == (told, Outcome[outcome])
        mock.assert_created(times=1 if created == "yes" else 0)

"""What a call would send for some arguments, or what is wrong with them."""

import json
from typing import Any

import pytest

from luminus_zoom import InvalidMeetingError, ZoomClient
from wrapper.tests.calls import ARGUMENTS

ZOOM = ZoomClient(subscription_key="k", base_url="https://luminus.invalid")
"""It sends nothing, so nobody has to close it."""


def sent(**arguments: Any) -> dict[str, Any]:
    """The body that a call would send."""
    options = {name: arguments.pop(name) for name in ("validate", "extra") if name in arguments}
    body = ZOOM.preview_meeting(**{**ARGUMENTS, **arguments}, **options).body
    return dict(json.loads(body))


def refused(**arguments: Any) -> dict[str, str]:
    """What is wrong with the arguments, by parameter."""
    with pytest.raises(InvalidMeetingError) as caught:
        sent(**arguments)
    assert str(caught.value).startswith("No meeting was created, nothing was sent")  # noqa: S101
    return {problem.parameter: problem.message for problem in caught.value.problems}

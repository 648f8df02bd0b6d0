"""Create LumiNUS Zoom meetings safely: typed, checked before anything is sent, honest about what became of a meeting.

from luminus_zoom import ZoomClient

with ZoomClient() as zoom:  # LUMINUS_SUBSCRIPTION_KEY, LUMINUS_TOKEN
    meeting = zoom.create_meeting(module_id=…, name="CS1010 lecture 3", start=…, duration=90)
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from luminus_zoom_api.models import AuthenticationOption, MeetingType, RecordType

    from ._arguments import MeetingArguments
    from ._observe import Event
    from ._request import Preview
    from .access import Access
    from .client import AsyncZoomClient, ZoomClient
    from .errors import (
        AddressForbiddenError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        DailyLimitError,
        DeviationError,
        ForbiddenError,
        InBandFailureError,
        InvalidMeetingError,
        InvalidSubscriptionKeyError,
        InvalidTokenError,
        NotFoundError,
        Outcome,
        Problem,
        QuotaExceededError,
        RateLimitError,
        RejectedError,
        RequestSummary,
        ServerError,
        UnexpectedStatusError,
        UnreadableMeetingError,
        UnsupportedMediaTypeError,
        ZoomConnectionError,
        ZoomError,
        ZoomTimeoutError,
    )
    from .meeting import Deviation, Meeting

# Where each public name lives. They are imported when they are first used: importing httpx and the models costs more
# than most programs that import this module and create no meeting want to pay.
_HOMES = {
    "luminus_zoom_api.models": ("AuthenticationOption", "MeetingType", "RecordType"),
    "luminus_zoom._arguments": ("MeetingArguments",),
    "luminus_zoom._observe": ("Event",),
    "luminus_zoom._request": ("Preview",),
    "luminus_zoom.access": ("Access",),
    "luminus_zoom.client": ("AsyncZoomClient", "ZoomClient"),
    "luminus_zoom.errors": (
        *("AddressForbiddenError", "AuthenticationError", "BadRequestError", "ConfigurationError", "DailyLimitError"),
        *(
            "DeviationError",
            "ForbiddenError",
            "InBandFailureError",
            "InvalidMeetingError",
            "InvalidSubscriptionKeyError",
        ),
        *("InvalidTokenError", "NotFoundError", "Outcome", "Problem", "QuotaExceededError", "RateLimitError"),
        *("RejectedError", "RequestSummary", "ServerError", "UnexpectedStatusError", "UnreadableMeetingError"),
        *("UnsupportedMediaTypeError", "ZoomConnectionError", "ZoomError", "ZoomTimeoutError"),
    ),
    "luminus_zoom.meeting": ("Deviation", "Meeting"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Access",
    "AddressForbiddenError",
    "AsyncZoomClient",
    "AuthenticationError",
    "AuthenticationOption",
    "BadRequestError",
    "ConfigurationError",
    "DailyLimitError",
    "Deviation",
    "DeviationError",
    "Event",
    "ForbiddenError",
    "InBandFailureError",
    "InvalidMeetingError",
    "InvalidSubscriptionKeyError",
    "InvalidTokenError",
    "Meeting",
    "MeetingArguments",
    "MeetingType",
    "NotFoundError",
    "Outcome",
    "Preview",
    "Problem",
    "QuotaExceededError",
    "RateLimitError",
    "RecordType",
    "RejectedError",
    "RequestSummary",
    "ServerError",
    "UnexpectedStatusError",
    "UnreadableMeetingError",
    "UnsupportedMediaTypeError",
    "ZoomClient",
    "ZoomConnectionError",
    "ZoomError",
    "ZoomTimeoutError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})

"""Create LumiNUS Zoom meetings safely: typed, checked before anything is sent, honest about what became of a meeting.

from luminus_zoom import ZoomClient

with ZoomClient() as zoom:  # LUMINUS_SUBSCRIPTION_KEY, LUMINUS_TOKEN
    meeting = zoom.create_meeting(module_id=…, name="CS1010 lecture 3", start=…, duration=90)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._arguments import *
    from ._observe import *
    from ._request import *
    from .access import *
    from .client import *
    from .errors import *
    from .meeting import *

__version__ = "0.1.0"

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


_MODULES = ("errors", "access", "meeting", "_observe", "_arguments", "_request", "client")
"""Where the names are, those first that import least."""


# Type checkers read the imports above. With a __getattr__ they would take every name for one of this module.
if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used: programs that create no meeting need not wait for all of this."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        modules = (vars(importlib.import_module(f"{__name__}.{module}")) for module in _MODULES)
        return globals().setdefault(name, next(names[name] for names in modules if name in names))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

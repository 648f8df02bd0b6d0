"""The gateway's part: Azure API Management's route, subscription key, rate limit and quota.

Its answers are told from the service's by their form: spaces inside the braces, no charset, no X-Powered-By.
Rules and texts follow Microsoft's public documentation of API Management.
"""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict, deque
from threading import Lock
from urllib.parse import parse_qs

from luminus_zoom_mock.contract import Contract
from luminus_zoom_mock.exchange import Answer, Call, Stage
from luminus_zoom_mock.settings import Settings

KEY_HEADER = "Ocp-Apim-Subscription-Key"
KEY_QUERY = "subscription-key"
MISSING_KEY = (
    "Access denied due to missing subscription key. "
    "Make sure to include subscription key when making requests to an API."
)
INVALID_KEY = (
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
)
DAY = 86_400

_HEADER = KEY_HEADER.lower().encode()


class Gateway:
    """The stages before the service sees a call, for any number of threads."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        """Start the day of the quota now."""
        path = contract.path.lower()
        # Paths match in any case, and API Management draws no line between `resource` and `resource/`.
        self._paths = frozenset({path, f"{path}/"})
        self._wrong_method = settings.method_not_allowed
        self._keys = settings.subscription_keys | settings.forbidden_keys
        self._challenge = f'AzureApiManagementKey realm="{settings.realm}",name="{KEY_HEADER}",type="header"'.encode()
        self._rate, self._period = settings.rate_limit, settings.rate_period
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._quota, self._used, self._day = settings.quota, 0, time.monotonic()
        self._lock = Lock()

    def stages(self) -> dict[str, Stage]:
        """Return the gateway's stages by name, in their order."""
        return {"route": self.route, "key": self.key, "rate": self.rate, "quota": self.quota}

    def route(self, call: Call) -> Answer | None:
        """Answer 404 to an unknown path and, by API Management's documented limitation, to an unknown method."""
        if call.path.lower() not in self._paths:
            return report(404, "Resource not found")
        if call.method == "POST":
            return None
        if self._wrong_method == 405:
            return report(405, "Method not allowed", (b"allow", b"POST"))
        return report(404, "Resource not found")

    def key(self, call: Call) -> Answer | None:
        """Answer 401 without a valid subscription key. The query's counts only where the header is absent."""
        header = call.headers.get(_HEADER)
        given = _key_in(call.query) if header is None else header.decode("latin-1")
        if given is None:
            return report(401, MISSING_KEY, (b"www-authenticate", self._challenge))
        call.key = given
        return None if call.key in self._keys else report(401, INVALID_KEY, (b"www-authenticate", self._challenge))

    def rate(self, call: Call) -> Answer | None:
        """Answer 429 when the key has made the calls that the sliding window allows; a refused call does not count."""
        if self._rate is None:
            return None
        with self._lock:
            calls, now = self._calls[call.key], time.monotonic()
            while calls and calls[0] <= now - self._period:
                calls.popleft()
            if len(calls) < self._rate:
                calls.append(now)
                return None
            seconds = math.ceil(calls[0] + self._period - now)
        return report(
            429, f"Rate limit is exceeded. Try again in {seconds} seconds.", (b"retry-after", b"%d" % seconds)
        )

    def quota(self, _: Call) -> Answer | None:
        """Answer 403 once the day's calls are used up; the day begins with the process."""
        if self._quota is None:
            return None
        with self._lock:
            now = time.monotonic()
            if now >= self._day + DAY:
                self._used, self._day = 0, now
            if self._used < self._quota:
                self._used += 1
                return None
            seconds = math.ceil(self._day + DAY - now)
        # The form of a .NET TimeSpan, which has days of their own from 24 hours on.
        span = time.strftime("%H:%M:%S", time.gmtime(seconds)) if seconds < DAY else "1.00:00:00"
        text = f"Out of call volume quota. Quota will be replenished in {span}."
        return report(403, text, (b"retry-after", b"%d" % seconds))


def _key_in(query: bytes) -> str | None:
    # As text: of bytes, parse_qs takes no percent-encoding that is not ASCII.
    fields = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    return next(iter(fields.get(KEY_QUERY, ())), None)


def report(status: int, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return an error in the gateway's own form, which is JSON with a space inside each brace."""
    text = f'{{ "statusCode": {status}, "message": {json.dumps(message)} }}'
    return Answer(status, [(b"content-type", b"application/json"), *headers], text.encode())


def crash(activity_id: str) -> Answer:
    """Return the gateway's 500, which also stands for a backend that does not answer in time.

    No stage answers it; it is there to be put in a stage's place.
    """
    fields = f'"statusCode": 500, "message": "Internal server error", "activityId": "{activity_id}"'
    return Answer(500, [(b"content-type", b"application/json")], f"{{ {fields} }}".encode())

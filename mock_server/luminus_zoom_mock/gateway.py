"""The gateway's part: Azure API Management's route, subscription key, rate limit and quota.

Its answers are told from the service's by their form: spaces inside the braces, no charset, no X-Powered-By.
Rules and texts follow Microsoft's public documentation of API Management.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import time
from collections import defaultdict, deque
from threading import Lock
from urllib.parse import parse_qs

from luminus_zoom_mock.contract import Contract, Operation
from luminus_zoom_mock.exchange import Answer, Call, Stage
from luminus_zoom_mock.settings import Settings

MISSING_KEY = (
    "Access denied due to missing subscription key. "
    "Make sure to include subscription key when making requests to an API."
)
INVALID_KEY = (
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
)
DAY = 86_400


class Gateway:
    """The stages before the service sees a call, for any number of threads."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        """Start the day of the quota now."""
        self._contract = contract
        # Paths match in any case, and API Management draws no line between `resource` and `resource/`.
        self._fixed: dict[str, dict[str, Operation]] = {}
        self._templates: list[tuple[re.Pattern[str], dict[str, Operation]]] = []
        by_path: defaultdict[str, dict[str, Operation]] = defaultdict(dict)
        for operation in contract.operations.values():
            by_path[operation.path][operation.method] = operation
        for (path, methods), base in itertools.product(by_path.items(), contract.bases):
            whole = base + path
            if "{" in whole:
                self._templates.append((_pattern(whole), methods))
            else:
                self._fixed[whole.lower().rstrip("/")] = methods
        # Of several templates, the one with the fewest parameters is the nearest.
        self._templates.sort(key=lambda pair: pair[0].groups)
        self._wrong_method = settings.method_not_allowed
        self._keys = settings.subscription_keys | settings.forbidden_keys
        self._realm = settings.realm
        self._rate, self._period = settings.rate_limit, settings.rate_period
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._quota, self._used, self._day = settings.quota, 0, time.monotonic()
        self._lock = Lock()

    def stages(self) -> dict[str, Stage]:
        """Return the gateway's stages by name, in their order."""
        return {"route": self.route, "key": self.key, "rate": self.rate, "quota": self.quota}

    def route(self, call: Call) -> Answer | None:
        """Answer 404 to an unknown path and, by API Management's documented limitation, to an unknown method."""
        methods, call.variables = self.methods(call.path)
        call.operation = methods.get(call.method)
        if call.operation is not None:
            return None
        if methods and self._wrong_method == 405:
            return report(405, "Method not allowed", (b"allow", ", ".join(methods).encode()))
        return report(404, "Resource not found")

    def methods(self, path: str) -> tuple[dict[str, Operation], dict[str, str]]:
        """Return the operations of a path by method, and the values of its template's parameters."""
        lower = path.lower()
        fixed = self._fixed.get(lower.removesuffix("/"))
        if fixed is not None:
            return fixed, {}
        for pattern, methods in self._templates:
            if match := pattern.fullmatch(path):
                names = re.findall(r"\{([^}]*)\}", next(iter(methods.values())).path)
                return methods, dict(zip(names, match.groups(), strict=True))
        return {}, {}

    def key(self, call: Call) -> Answer | None:
        """Answer 401 without a valid key, where the operation takes one. A header goes before the query."""
        operation = call.operation or self._contract.main
        for key in operation.keys:
            if key.where == "header":
                header = call.headers.get(key.header)
                given = None if header is None else header.decode("latin-1")
            else:
                given = _key_in(call.query, key.name)
            if given is not None:
                call.key, call.with_token = given, key.with_token
                return None if given in self._keys else report(401, INVALID_KEY, self._challenge(operation))
        if operation.keyless:
            call.with_token = operation.keyless_with_token
            return None
        return report(401, MISSING_KEY, self._challenge(operation))

    def _challenge(self, operation: Operation) -> tuple[bytes, bytes]:
        key = operation.keys[0]
        text = f'AzureApiManagementKey realm="{self._realm}",name="{key.name}",type="{key.where}"'
        return b"www-authenticate", text.encode()

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
        return rate_limited(seconds)

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
        return quota_exceeded(seconds)


def _pattern(template: str) -> re.Pattern[str]:
    """Return what matches a path of a template, in any case and with or without a final slash."""
    parts = re.split(r"\{[^}]*\}", template.rstrip("/"))
    return re.compile("([^/]+)".join(map(re.escape, parts)) + "/?", re.IGNORECASE)


def _key_in(query: bytes, name: str) -> str | None:
    # As text: of bytes, parse_qs takes no percent-encoding that is not ASCII.
    fields = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    return next(iter(fields.get(name, ())), None)


def report(status: int, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return an error in the gateway's own form, which is JSON with a space inside each brace."""
    text = f'{{ "statusCode": {status}, "message": {json.dumps(message)} }}'
    return Answer(status, [(b"content-type", b"application/json"), *headers], text.encode())


def rate_limited(seconds: int) -> Answer:
    """Return the 429 of a rate limit that lets calls through again after so many seconds."""
    return report(429, f"Rate limit is exceeded. Try again in {seconds} seconds.", (b"retry-after", b"%d" % seconds))


def quota_exceeded(seconds: int) -> Answer:
    """Return the 403 of a quota that is replenished after so many seconds."""
    days, rest = divmod(seconds, DAY)
    # The form of a .NET TimeSpan, which has days of their own from 24 hours on.
    span = f"{days}." * bool(days) + time.strftime("%H:%M:%S", time.gmtime(rest))
    text = f"Out of call volume quota. Quota will be replenished in {span}."
    return report(403, text, (b"retry-after", b"%d" % seconds))


def crash(activity_id: str) -> Answer:
    """Return the gateway's 500, which also stands for a backend that does not answer in time.

    No stage answers it; it is there to be put in a stage's place.
    """
    fields = f'"statusCode": 500, "message": "Internal server error", "activityId": "{activity_id}"'
    return Answer(500, [(b"content-type", b"application/json")], f"{{ {fields} }}".encode())

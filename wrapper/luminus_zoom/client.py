"""`ZoomClient` and `AsyncZoomClient`: the same calls, sync and async, around one shared core that does no I/O."""

import inspect
import ipaddress
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, Unpack, cast, get_type_hints
from urllib.parse import urlsplit

import anyio
import attrs

from luminus_zoom_api.limits import SERVER_URL

from . import __version__
from ._arguments import MeetingArguments
from ._decide import Call, Policy, Wait
from ._http import AsyncPool, Pool
from ._observe import Hook, observe_refusal
from ._prepare import Credentials, Preview, default_user_agent, prepare, preview
from .errors import ConfigurationError, InvalidMeetingError
from .meeting import Meeting

if TYPE_CHECKING:
    import httpx

DEFAULTS = Policy()
Method = TypeVar("Method", bound=Callable[..., Any])


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that both clients take."""

    subscription_key: str | None
    base_url: str | None
    timeout: float
    deadline: float
    retries: int
    strict: bool
    hooks: Iterable[Hook]
    user_agent: str | None
    allow_http: bool


def shows(arguments: type) -> Callable[[Method], Method]:
    """Show the keys of a TypedDict in a method's signature, one by one, for `help` and for completion."""
    # Typed dicts have these attributes, but no public type that says so.
    required = cast(Any, arguments).__required_keys__
    keywords = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=annotation,
            default=inspect.Parameter.empty if name in required else None,
        )
        for name, annotation in get_type_hints(arguments).items()
    ]

    def decorate(method: Method) -> Method:
        signature = inspect.signature(method)
        own = [parameter for parameter in signature.parameters.values() if parameter.kind != parameter.VAR_KEYWORD]
        cast(Any, method).__signature__ = signature.replace(parameters=[own[0], *keywords, *own[1:]])
        return method

    return decorate


class _Client:
    """What both clients have: the configuration, and calls that send nothing."""

    def __init__(
        self,
        *,
        subscription_key: str | None = None,
        token: str | Callable[[], Any] | None = None,
        base_url: str | None = None,
        timeout: float = DEFAULTS.timeout,
        deadline: float = DEFAULTS.deadline,
        retries: int = DEFAULTS.retries,
        strict: bool = False,
        hooks: Iterable[Hook] = (),
        user_agent: str | None = None,
        allow_http: bool = False,
    ) -> None:
        self.base_url = checked_base_url(base_url or os.environ.get("LUMINUS_BASE_URL") or SERVER_URL, allow_http)
        self._key = subscription_key or os.environ.get("LUMINUS_SUBSCRIPTION_KEY") or None
        self._token = token or os.environ.get("LUMINUS_TOKEN") or None
        if self._key is None and (self._token is None or self.base_url == SERVER_URL):
            raise ConfigurationError(
                "No meeting was created: there is no subscription key. "
                "Pass subscription_key= or set LUMINUS_SUBSCRIPTION_KEY."
            )
        check_credential("subscription key", self._key)
        check_credential("token", self._token)
        self._policy = checked_policy(Policy(timeout, deadline, retries, strict))
        self._hooks = tuple(hooks)
        self._user_agent = user_agent or default_user_agent(__version__)
        self._closed = False

    def __repr__(self) -> str:
        state = ", closed" if self._closed else ""
        return f"{type(self).__name__}(base_url={self.base_url!r}{state})"

    @shows(MeetingArguments)
    def preview_meeting(
        self, *, validate: bool = True, extra: Mapping[str, Any] | None = None, **arguments: Unpack[MeetingArguments]
    ) -> Preview:
        """What `create_meeting` would send for the same arguments: byte for byte, but for the masked credentials.

        Sends nothing, and does not call a token that is a callable.

        Raises:
            InvalidMeetingError: as `create_meeting`.
        """
        token = "***" if self._token else None
        credentials = Credentials(self._key, token)
        return preview(prepare(self.base_url, credentials, self._user_agent, arguments, validate=validate, extra=extra))

    def _call(
        self,
        token: str | None,
        arguments: Mapping[str, Any],
        options: Mapping[str, Any],
        *,
        validate: bool,
        extra: Mapping[str, Any] | None,
    ) -> Call:
        """A call that is ready to go."""
        if self._closed:
            raise ConfigurationError("No meeting was created: this client is closed. Make a new one.")
        check_credential("token", token)
        given = {name: value for name, value in options.items() if value is not None}
        policy = checked_policy(attrs.evolve(self._policy, **given)) if given else self._policy
        credentials = Credentials(self._key, token)
        try:
            request = prepare(self.base_url, credentials, self._user_agent, arguments, validate=validate, extra=extra)
        except InvalidMeetingError as error:
            observe_refusal(error)
            raise
        return Call(request, policy, self._hooks, time.monotonic)


class ZoomClient(_Client):
    """Creates Zoom meetings through LumiNUS.

    One client holds one pool of connections. It may be used from many threads, and in a process forked from the one
    that made it. Close it, or use it in a ``with`` statement.

    Args:
        subscription_key: the API gateway's key (environment: ``LUMINUS_SUBSCRIPTION_KEY``).
        token: the bearer token, or a callable that returns it, called once a call (environment: ``LUMINUS_TOKEN``).
        base_url: where the API is (environment: ``LUMINUS_BASE_URL``; default: the documented gateway).
        timeout: seconds for each phase of an attempt: a free connection, connecting, writing, reading.
        deadline: seconds for a whole call with its attempts and waits.
        retries: how often what the service cannot have seen is tried again; 0 for never.
        strict: raise `DeviationError` where the answer breaks the contract.
        hooks: callables that are given an `Event` each time something happened in a call.
        user_agent: instead of the library's own.
        allow_http: allow plain http to other machines. It shows the credentials to everybody on the way.
        transport: any httpx transport, instead of the library's own; it is closed with the client. The deadline is then
            checked between pieces of the body only, and the transport's own timeouts rule the rest.

    Raises:
        ConfigurationError: a credential is missing or has characters that no header can carry, or the URL is refused.
    """

    @shows(ClientOptions)
    def __init__(
        self,
        *,
        token: str | Callable[[], str] | None = None,
        transport: "httpx.BaseTransport | None" = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        super().__init__(token=token, **options)
        self._pool = Pool(self.base_url, transport)

    @shows(MeetingArguments)
    def create_meeting(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        strict: bool | None = None,
        validate: bool = True,
        extra: Mapping[str, Any] | None = None,
        **arguments: Unpack[MeetingArguments],
    ) -> Meeting:
        """Create a meeting (the page's operation "Add meeting", ``POST /Meeting``). Not idempotent.

        Args:
            module_id: the course, as UUID or text.
            name: the meeting's name, not blank, at most 200 characters.
            start: an aware datetime; inside a clock change it must say which of two it is.
            duration: a timedelta or minutes: 15 to 1485 in steps of 15.
            lesson_id: the lesson, when the meeting is part of a learning flow.
            access: who may see it; without it, only its creator.
            send_email: whether every participant is sent an e-mail.
            publish_record_url: whether the cloud recording's address is published.
            waiting_room: whether participants wait to be admitted.
            meeting_authentication: whether participants must sign in.
            mute_upon_entry: whether participants are muted when they enter.
            record_type: where it is recorded.
            authentication_option: with which account participants sign in.
            alternative_hosts: addresses or ids of further hosts.
            meeting_type: exam, custom or timetable.
            export_multimedia_web: whether the cloud recording is exported to the multimedia tool.
            channel_id: the multimedia channel to export to.
            channel_name: its name.
            publish_multimedia_channel: whether it is published.
            timeout: seconds for each phase, instead of the client's.
            deadline: seconds for the whole call, instead of the client's.
            strict: instead of the client's.
            validate: False sends the arguments without checking them, for the day when the service and its page differ.
            extra: further properties of the body by their wire names, which win over the arguments.

        Raises:
            InvalidMeetingError: the arguments break the contract; all problems are in it, and nothing was sent.
            ZoomError: anything else; `outcome` says what became of the meeting.
        """
        token = self._token() if callable(self._token) else self._token
        options = {"timeout": timeout, "deadline": deadline, "strict": strict}
        call = self._call(token, arguments, options, validate=validate, extra=extra)
        steps = call.steps()
        result = None
        try:
            while True:
                step = steps.send(result)
                result = None
                if isinstance(step, Wait):
                    time.sleep(step.seconds)
                else:
                    result = self._pool.send(call.request, step)
        except StopIteration as done:
            return cast(Meeting, done.value)

    def close(self) -> None:
        """Close all connections. Closing twice does nothing."""
        if not self._closed:
            self._closed = True
            self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncZoomClient(_Client):
    """`ZoomClient` for asyncio and trio: the same arguments, calls and errors.

    It may be used from many tasks of one event loop. `token` may also be an async callable. A call that is cancelled
    leaves ``outcome`` on the cancellation: ``Outcome.UNKNOWN`` once the request was sent.
    """

    @shows(ClientOptions)
    def __init__(
        self,
        *,
        token: str | Callable[[], str | Awaitable[str]] | None = None,
        transport: "httpx.AsyncBaseTransport | None" = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        super().__init__(token=token, **options)
        self._pool = AsyncPool(self.base_url, transport)

    @shows(MeetingArguments)
    async def create_meeting(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - a phase's, not the call's
        deadline: float | None = None,
        strict: bool | None = None,
        validate: bool = True,
        extra: Mapping[str, Any] | None = None,
        **arguments: Unpack[MeetingArguments],
    ) -> Meeting:
        """Create a meeting; see `ZoomClient.create_meeting`, whose text this shows too."""
        token = self._token() if callable(self._token) else self._token
        if inspect.isawaitable(token):
            token = await token
        options = {"timeout": timeout, "deadline": deadline, "strict": strict}
        call = self._call(token, arguments, options, validate=validate, extra=extra)
        steps = call.steps()
        result = None
        try:
            while True:
                step = steps.send(result)
                result = None
                if isinstance(step, Wait):
                    await anyio.sleep(step.seconds)
                else:
                    result = await self._pool.send(call.request, step)
        except StopIteration as done:
            return cast(Meeting, done.value)

    create_meeting.__doc__ = ZoomClient.create_meeting.__doc__

    async def aclose(self) -> None:
        """Close all connections. Closing twice does nothing."""
        if not self._closed:
            self._closed = True
            await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


def check_credential(name: str, value: object) -> None:
    """Refuse a credential that no header can carry (RFC 9110, 5.5), without quoting it.

    Raises:
        ConfigurationError: it is not text, or has white space, control characters or characters outside ASCII.
    """
    if value is None or callable(value):
        return
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value):
        raise ConfigurationError(
            f"No meeting was created: the {name} is not printable ASCII without white space. "
            "Was it copied with a space, a line break or quotation marks?"
        )


def checked_base_url(base_url: str, allow_http: bool) -> str:
    """The base URL without a slash at its end.

    Raises:
        ConfigurationError: it is not an http(s) URL, holds credentials or a query, or is plain http to another machine.
    """
    parts = urlsplit(base_url)
    refused = "No meeting was created: base_url"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{refused} must begin with https:// and a host.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(f"{refused} must have no user, password, query or fragment.")
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise ConfigurationError(
            f"{refused} is plain http, which shows the credentials on the way. Use https, or pass allow_http=True."
        )
    return base_url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_policy(policy: Policy) -> Policy:
    """The policy itself.

    Raises:
        ConfigurationError: a number in it is not one, or not positive.
    """
    for name in ("timeout", "deadline"):
        seconds = getattr(policy, name)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
            raise ConfigurationError(f"No meeting was created: {name} must be a positive, finite number of seconds.")
    if isinstance(policy.retries, bool) or not isinstance(policy.retries, int) or policy.retries < 0:
        raise ConfigurationError("No meeting was created: retries must be a whole number, 0 or more.")
    return policy

"""`ZoomClient` and `AsyncZoomClient`: the same calls, sync and async, around one shared core that does no I/O."""

import inspect
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, Unpack, cast, get_type_hints
from urllib.parse import urlsplit

import attrs

from luminus_zoom_api.limits import SERVER_URL

from . import __version__
from ._arguments import MeetingArguments
from ._call import Call, Policy, Wait
from ._observe import Hook, observe_refusal
from ._base_url import is_loopback, is_url
from ._pool import AsyncPool, Pool
from ._request import Credentials, Preview, default_user_agent, prepare, preview
from ._secrets import MASK, hidden
from .errors import ConfigurationError, InvalidMeetingError
from .meeting import Meeting

if TYPE_CHECKING:
    import httpx

DEFAULTS = Policy()
LONGEST = 86_400
"""Seconds that a phase or a call may take: a day."""
SHOWN_DEFAULTS = {**attrs.asdict(DEFAULTS), "hooks": (), "allow_http": False}
Method = TypeVar("Method", bound=Callable[..., Any])


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that both clients take, credentials and transport apart."""

    base_url: str | None
    timeout: float
    deadline: float
    retries: int
    strict: bool
    hooks: Iterable[Hook]
    user_agent: str | None
    allow_http: bool


def shows(arguments: type, defaults: Mapping[str, Any]) -> Callable[[Method], Method]:
    """Show the keys of a TypedDict in a method's signature, one by one, for `help` and for completion."""
    # Typed dicts have these attributes, but no public type that says so.
    required = cast(Any, arguments).__required_keys__
    keywords = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=annotation,
            default=inspect.Parameter.empty if name in required else defaults.get(name),
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
        subscription_key: str | None,
        token: str | Callable[[], Any] | None,
        *,
        base_url: str | None = None,
        timeout: float = DEFAULTS.timeout,
        deadline: float = DEFAULTS.deadline,
        retries: int = DEFAULTS.retries,
        strict: bool = DEFAULTS.strict,
        hooks: Iterable[Hook] = (),
        user_agent: str | None = None,
        allow_http: bool = False,
    ) -> None:
        self._base_url = checked_base_url(base_url or os.environ.get("LUMINUS_BASE_URL") or SERVER_URL, allow_http)
        self._key = subscription_key or hidden(os.environ.get("LUMINUS_SUBSCRIPTION_KEY")) or None
        self._token = token or hidden(os.environ.get("LUMINUS_TOKEN")) or None
        if self._key is None and (self._token is None or self._base_url == SERVER_URL):
            raise ConfigurationError(
                "No meeting was created: there is no subscription key. "
                "Pass subscription_key= or set LUMINUS_SUBSCRIPTION_KEY."
            )
        for name, credential in (("subscription key", self._key), ("token", self._token)):
            if credential is not None and not (name == "token" and callable(credential)):
                check_credential(name, credential)
        self._policy = checked_policy(Policy(timeout, deadline, retries, strict))
        self._hooks = tuple(hooks)
        self._user_agent = user_agent or default_user_agent(__version__)
        if not re.fullmatch(r"[ -~]+", self._user_agent):
            raise ConfigurationError("No meeting was created: user_agent must be printable ASCII.")
        self._closed = False

    def __repr__(self) -> str:
        # A traceback with locals may show a client whose set-up failed.
        state = vars(self)
        closed = ", closed" if state.get("_closed") else ""
        return f"{type(self).__name__}(base_url={state.get('_base_url')!r}{closed})"

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self._base_url

    @shows(MeetingArguments, {})
    def preview_meeting(
        self, *, validate: bool = True, extra: Mapping[str, Any] | None = None, **arguments: Unpack[MeetingArguments]
    ) -> Preview:
        """What `create_meeting` would send for the same arguments: byte for byte, but for the masked credentials.

        Sends nothing, and does not call a token that is a callable.

        Raises:
            InvalidMeetingError: as `create_meeting`.
        """
        request = prepare(self._base_url, self._user_agent, arguments, validate=validate, extra=extra)
        credentials = Credentials(self._key, MASK if self._token else None)
        return preview(request.authorized(credentials))

    def _call(
        self,
        arguments: Mapping[str, Any],
        options: Mapping[str, Any],
        *,
        validate: bool,
        extra: Mapping[str, Any] | None,
    ) -> Call:
        """A call that is ready to go but for its credentials."""
        if self._closed:
            raise ConfigurationError("No meeting was created: this client is closed. Make a new one.")
        given = {name: value for name, value in options.items() if value is not None}
        policy = checked_policy(attrs.evolve(self._policy, **given)) if given else self._policy
        try:
            request = prepare(self._base_url, self._user_agent, arguments, validate=validate, extra=extra)
        except InvalidMeetingError as error:
            observe_refusal(error)
            raise
        return Call(request, policy, self._hooks, time.monotonic)

    def _authorize(self, call: Call, token: str | None) -> None:
        """Give a call its credentials."""
        if self._token is not None:
            check_credential("token", token)
        call.authorize(Credentials(self._key, token))


class ZoomClient(_Client):
    """Creates Zoom meetings through LumiNUS.

    One client holds one pool of connections. It may be used from many threads, and in a process forked from the one
    that made it. Close it, or use it in a ``with`` statement.

    Args:
        subscription_key: the API gateway's key (environment: ``LUMINUS_SUBSCRIPTION_KEY``).
        token: the bearer token (environment: ``LUMINUS_TOKEN``), or a callable that returns it, called once a call.
            What it raises becomes the cause of a `ConfigurationError`.
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

    @shows(ClientOptions, SHOWN_DEFAULTS)
    def __init__(
        self,
        *,
        subscription_key: str | None = None,
        token: str | Callable[[], str] | None = None,
        transport: "httpx.BaseTransport | None" = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        # Out of the locals, which a traceback may show.
        subscription_key, token = hidden(subscription_key), hidden(token)
        super().__init__(subscription_key, token, **options)
        self._pool = Pool(self._base_url, transport)

    @shows(MeetingArguments, {})
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
        options = {"timeout": timeout, "deadline": deadline, "strict": strict}
        call = self._call(arguments, options, validate=validate, extra=extra)
        try:
            self._authorize(call, self._fetched_token(call))
            steps, result = call.steps(), None
            while True:
                step = steps.send(result)
                result = None
                if isinstance(step, Wait):
                    time.sleep(step.seconds)
                else:
                    result = self._pool.send(call.request, step)
        except StopIteration as done:
            return cast(Meeting, done.value)
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            raise call.interrupted(error)  # noqa: B904 - it is the same error

    def _fetched_token(self, call: Call) -> Any:
        """The token, asked for where it is a callable."""
        try:
            return hidden(self._token()) if callable(self._token) else self._token
        except Exception as error:
            raise call.without_token(error) from error

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

    It may be used from many tasks of one event loop; another loop is refused. `token` may also be an async callable. A
    call that is cancelled leaves ``outcome`` on the cancellation: ``Outcome.UNKNOWN`` once the request was sent.
    """

    @shows(ClientOptions, SHOWN_DEFAULTS)
    def __init__(
        self,
        *,
        subscription_key: str | None = None,
        token: str | Callable[[], str | Awaitable[str]] | None = None,
        transport: "httpx.AsyncBaseTransport | None" = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        # Out of the locals, which a traceback may show.
        subscription_key, token = hidden(subscription_key), hidden(token)
        super().__init__(subscription_key, token, **options)
        self._pool = AsyncPool(self._base_url, transport)

    @shows(MeetingArguments, {})
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
        options = {"timeout": timeout, "deadline": deadline, "strict": strict}
        call = self._call(arguments, options, validate=validate, extra=extra)
        try:
            self._authorize(call, await self._fetched_token(call))
            steps, result = call.steps(), None
            while True:
                step = steps.send(result)
                result = None
                if isinstance(step, Wait):
                    from anyio import sleep  # Takes long to import, and few calls have to wait.

                    await sleep(step.seconds)
                else:
                    result = await self._pool.send(call.request, step)
        except StopIteration as done:
            return cast(Meeting, done.value)
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            raise call.interrupted(error)  # noqa: B904 - it is the same error

    create_meeting.__doc__ = ZoomClient.create_meeting.__doc__

    async def _fetched_token(self, call: Call) -> Any:
        """The token, asked for where it is a callable, and waited for where that is async."""
        if not callable(self._token):
            return self._token
        try:
            token = self._token()
            if not inspect.isawaitable(token):
                return hidden(token)
            from anyio import fail_after

            with fail_after(call.seconds_left()):
                return hidden(await token)
        except Exception as error:
            raise call.without_token(error) from error

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
    refused = "No meeting was created: base_url"
    # Its text is not quoted: it may hold a password.
    if not isinstance(base_url, str) or not re.fullmatch(r"https?://[!-~]+", base_url) or not is_url(base_url):
        raise ConfigurationError(
            f"{refused} must be https:// and a host (http:// will do for this machine), in ASCII without spaces."
        )
    if re.search(r"[@?#\\]", base_url):
        raise ConfigurationError(f"{refused} must have no user, password, query or fragment.")
    parts = urlsplit(base_url)
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname or ""):
        raise ConfigurationError(
            f"{refused} is plain http, which shows the credentials on the way. Use https, or pass allow_http=True."
        )
    return base_url.rstrip("/")


def checked_policy(policy: Policy) -> Policy:
    """The policy itself.

    Raises:
        ConfigurationError: a number in it is not one, or not positive.
    """
    for name in ("timeout", "deadline"):
        seconds = getattr(policy, name)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST:
            raise ConfigurationError(f"No meeting was created: {name} must be seconds, more than 0, at most {LONGEST}.")
    if isinstance(policy.retries, bool) or not isinstance(policy.retries, int) or policy.retries < 0:
        raise ConfigurationError("No meeting was created: retries must be a whole number, 0 or more.")
    return policy

"""`ZoomClient` and `AsyncZoomClient`: the same calls, sync and async, around one shared core that does no I/O."""

import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar, Unpack, cast, get_type_hints

from ._arguments import MeetingArguments
from ._call import Call, Wait
from ._configuration import (
    OPTION_DEFAULTS,
    ClientOptions,
    changed_policy,
    configuration,
    credential,
    credential_fault,
    refuse,
)
from ._observe import observe_refusal
from ._request import Credentials, Preview, prepare, preview
from ._secrets import MASK, Secret, hidden
from ._transport import AsyncTransport, Transport
from .errors import ConfigurationError, InvalidMeetingError
from .meeting import Meeting

if TYPE_CHECKING:
    import httpx
    import httpx2

Method = TypeVar("Method", bound=Callable[..., Any])


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

    _transport: Any

    def __init__(self, subscription_key: Secret | None, token: Any, options: Mapping[str, Any]) -> None:
        self._key = subscription_key
        self._token = token
        self._options = options
        self._closed = False
        self._is_derived = False
        self._refuse_unknown(options)
        self._configuration = configuration(subscription_key, token, options)

    def _refuse_unknown(self, options: Mapping[str, Any]) -> None:
        """Raise a TypeError that names the public class, where Python would name a private method."""
        for name in options.keys() - ClientOptions.__annotations__.keys():
            hint = ": pass http_client=" if name in ("transport", "verify", "cert", "proxy", "http2", "mounts") else ""
            raise TypeError(f"{type(self).__name__} got an unexpected keyword argument {name!r}{hint}")

    def with_options(
        self,
        *,
        subscription_key: str | None = None,
        token: str | Callable[[], Any] | None = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """The same client with other options, over the same connections. Only the original's `close` closes these.

        Raises:
            ConfigurationError: as `ZoomClient`.
        """
        # A traceback may show local variables, so none of them holds a credential.
        subscription_key, token = hidden(subscription_key), hidden(token)
        self._refuse_unknown(options)
        derived = object.__new__(type(self))
        derived.__dict__.update(self.__dict__)
        derived._is_derived = True
        derived._key, derived._token = cast(Any, subscription_key or self._key), token or self._token
        # These are kept as they are now: an iterator of hooks is used up, and the environment may have changed.
        kept = {"base_url": self.base_url, "hooks": self._configuration.hooks}
        derived._options = {**self._options, **kept, **options}
        derived._configuration = configuration(derived._key, derived._token, derived._options)
        return derived

    def __repr__(self) -> str:
        # A traceback with locals may show a client whose set-up failed.
        closed = ", closed" if vars(self).get("_closed") else ""
        known = vars(self).get("_configuration")
        return f"{type(self).__name__}(base_url={known and known.base_url!r}{closed})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} has connections and credentials, which are not pickled or copied: "
            "make a new one where it is needed, or use with_options()"
        )

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self._configuration.base_url

    @shows(MeetingArguments, {})
    def preview_meeting(
        self, *, validate: bool = True, extra: Mapping[str, Any] | None = None, **arguments: Unpack[MeetingArguments]
    ) -> Preview:
        """What `create_meeting` would send for the same arguments: byte for byte, but for the masked credentials.

        Sends nothing, and does not call a token that is a callable.

        Raises:
            InvalidMeetingError: as `create_meeting`.
        """
        request = prepare(self.base_url, self._configuration.user_agent, arguments, validate=validate, extra=extra)
        credentials = Credentials(self._key, hidden(MASK) if self._token else None)
        return preview(request.authorized(credentials))

    def _call(
        self,
        arguments: Mapping[str, Any],
        options: Mapping[str, Any],
        *,
        validate: bool,
        extra: Mapping[str, Any] | None,
    ) -> Call:
        """A call that is complete except for its credentials."""
        if self._closed or self._transport.is_closed:
            raise ConfigurationError.of("this client is closed. Make a new one.")
        policy = changed_policy(self._configuration.policy, options)
        try:
            request = prepare(self.base_url, self._configuration.user_agent, arguments, validate=validate, extra=extra)
        except InvalidMeetingError as error:
            observe_refusal(error)
            raise
        return Call(request, policy, self._configuration.hooks, time.monotonic)

    def _authorize(self, call: Call, token: Secret | None) -> None:
        """Give a call its credentials."""
        if self._token is not None:
            refuse([credential_fault("token", token)])
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
        timeout: seconds (or a timedelta) for each phase of an attempt: a free connection, connecting, writing, reading.
        deadline: seconds (or a timedelta) for a whole call with its attempts and waits. docs/outcomes.md says what it
            cannot reach.
        retries: how many times a request that the service cannot have seen is sent again; 0 for never.
        strict: raise `DeviationError` where the answer breaks the contract.
        hooks: callables. Each is called with an `Event` when a call succeeds, is retried or fails.
        user_agent: instead of the library's own.
        allow_http: allow plain http to other machines. Everybody on the network path can then read the credentials.
        http_client: your own `httpx.Client` or `httpx2.Client`, for another CA, mTLS, a proxy, HTTP/2, event hooks or a
            transport. You close it. Redirects are never followed. Default: an `httpx.Client` with httpx's own defaults
            for proxies and trust, made on first use.

    Raises:
        ConfigurationError: a credential is missing or has characters that no header can carry, or the URL is refused.
    """

    @shows(ClientOptions, OPTION_DEFAULTS)
    def __init__(
        self,
        *,
        subscription_key: str | None = None,
        token: str | Callable[[], str] | None = None,
        http_client: "httpx.Client | httpx2.Client | None" = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        # A traceback may show local variables, so none of them holds a credential.
        subscription_key = credential(subscription_key, "LUMINUS_SUBSCRIPTION_KEY")
        token = credential(token, "LUMINUS_TOKEN")
        super().__init__(cast(Any, subscription_key), token, options)
        self._transport = Transport(http_client, has_token=token is not None)

    @shows(MeetingArguments, {})
    def create_meeting(
        self,
        *,
        timeout: float | timedelta | None = None,
        deadline: float | timedelta | None = None,
        retries: int | None = None,
        strict: bool | None = None,
        validate: bool = True,
        extra: Mapping[str, Any] | None = None,
        **arguments: Unpack[MeetingArguments],
    ) -> Meeting:
        """Create a meeting (the page's operation "Add meeting", ``POST /Meeting``). Not idempotent.

        Args:
            module_id: the course, as UUID or text.
            name: the meeting's name, not blank, at most 200 characters.
            start: an aware datetime. A local time that a clock change skips or repeats is refused.
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
            timeout: for each phase, instead of the client's.
            deadline: for the whole call, instead of the client's.
            retries: instead of the client's.
            strict: instead of the client's.
            validate: False sends the arguments without checking them, for the day when the service and its page differ.
            extra: further properties of the body, by their names in the API. They replace arguments.

        Raises:
            InvalidMeetingError: the arguments break the contract; all problems are in it, and nothing was sent.
            ZoomError: anything else; `outcome` says what became of the meeting.
        """
        options = {"timeout": timeout, "deadline": deadline, "retries": retries, "strict": strict}
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
                    result = self._transport.send(call.request, step)
        except StopIteration as done:
            return cast(Meeting, done.value)
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            raise call.interrupted(error)  # noqa: B904 - it is the same error

    def _fetched_token(self, call: Call) -> Any:
        """The token: what the callable returns, or the text itself."""
        try:
            return hidden(self._token()) if callable(self._token) else self._token
        except Exception as error:
            raise call.without_token(error) from error

    def close(self) -> None:
        """Close all connections. Closing twice does nothing."""
        self._closed = True
        if not self._is_derived:
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncZoomClient(_Client):
    """`ZoomClient` for asyncio and trio: the same arguments, calls and errors.

    It may be used from many tasks of one event loop; another loop is refused. `token` may also be an async callable. A
    call that is cancelled leaves ``outcome`` on the cancellation: ``Outcome.UNKNOWN`` once the request was sent.
    """

    @shows(ClientOptions, OPTION_DEFAULTS)
    def __init__(
        self,
        *,
        subscription_key: str | None = None,
        token: str | Callable[[], str | Awaitable[str]] | None = None,
        http_client: "httpx.AsyncClient | httpx2.AsyncClient | None" = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        # A traceback may show local variables, so none of them holds a credential.
        subscription_key = credential(subscription_key, "LUMINUS_SUBSCRIPTION_KEY")
        token = credential(token, "LUMINUS_TOKEN")
        super().__init__(cast(Any, subscription_key), token, options)
        self._transport = AsyncTransport(http_client, has_token=token is not None)

    @shows(MeetingArguments, {})
    async def create_meeting(
        self,
        *,
        timeout: float | timedelta | None = None,  # noqa: ASYNC109 - a phase's, not the call's
        deadline: float | timedelta | None = None,
        retries: int | None = None,
        strict: bool | None = None,
        validate: bool = True,
        extra: Mapping[str, Any] | None = None,
        **arguments: Unpack[MeetingArguments],
    ) -> Meeting:
        """Create a meeting; see `ZoomClient.create_meeting`, whose text this shows too."""
        options = {"timeout": timeout, "deadline": deadline, "retries": retries, "strict": strict}
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
                    result = await self._transport.send(call.request, step)
        except StopIteration as done:
            return cast(Meeting, done.value)
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            raise call.interrupted(error)  # noqa: B904 - it is the same error

    create_meeting.__doc__ = ZoomClient.create_meeting.__doc__

    async def _fetched_token(self, call: Call) -> Any:
        """The token: what the callable returns, awaited if it is async, or the text itself."""
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
        self._closed = True
        if not self._is_derived:
            await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

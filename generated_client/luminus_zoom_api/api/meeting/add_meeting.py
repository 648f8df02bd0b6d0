from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from ... import errors
from ...models.gateway_error import GatewayError
from ...models.meeting import Meeting
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.new_meeting import NewMeeting


def _get_kwargs(
    *,
    body: NewMeeting,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/Meeting",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | GatewayError | GatewayError | str | Meeting | str | None:
    if response.status_code == 201:
        response_201 = Meeting.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = cast("str", response.json())
        return response_400

    if response.status_code == 401:
        response_401 = GatewayError.from_dict(response.json())

        return response_401

    if response.status_code == 403:

        def _parse_response_403(data: object) -> GatewayError | str:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_403_type_1 = GatewayError.from_dict(data)

                return response_403_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("GatewayError | str", data)

        response_403 = _parse_response_403(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = GatewayError.from_dict(response.json())

        return response_404

    if response.status_code == 415:
        response_415 = cast("Any", None)
        return response_415

    if response.status_code == 429:
        response_429 = GatewayError.from_dict(response.json())

        return response_429

    if response.status_code == 500:

        def _parse_response_500(data: object) -> GatewayError | str:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_500_type_1 = GatewayError.from_dict(data)

                return response_500_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("GatewayError | str", data)

        response_500 = _parse_response_500(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | GatewayError | GatewayError | str | Meeting | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: NewMeeting,
) -> Response[Any | GatewayError | GatewayError | str | Meeting | str]:
    """Add meeting

     Creates a Zoom meeting and the access rights to it.

    Args:
        body (NewMeeting): A meeting to create.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | GatewayError | GatewayError | str | Meeting | str]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: NewMeeting,
) -> Any | GatewayError | GatewayError | str | Meeting | str | None:
    """Add meeting

     Creates a Zoom meeting and the access rights to it.

    Args:
        body (NewMeeting): A meeting to create.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | GatewayError | GatewayError | str | Meeting | str
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: NewMeeting,
) -> Response[Any | GatewayError | GatewayError | str | Meeting | str]:
    """Add meeting

     Creates a Zoom meeting and the access rights to it.

    Args:
        body (NewMeeting): A meeting to create.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | GatewayError | GatewayError | str | Meeting | str]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: NewMeeting,
) -> Any | GatewayError | GatewayError | str | Meeting | str | None:
    """Add meeting

     Creates a Zoom meeting and the access rights to it.

    Args:
        body (NewMeeting): A meeting to create.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | GatewayError | GatewayError | str | Meeting | str
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="GatewayError")


@_attrs_define
class GatewayError:
    """The object in which the gateway itself reports an error.

    Attributes:
        status_code (int): The HTTP status again.
        message (str): What is wrong.
        activity_id (UUID | Unset): The gateway's id of the failed call; with a 500.
    """

    status_code: int
    message: str
    activity_id: UUID | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status_code = self.status_code

        message = self.message

        activity_id: str | Unset = UNSET
        if not isinstance(self.activity_id, Unset):
            activity_id = str(self.activity_id)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "statusCode": status_code,
                "message": message,
            }
        )
        if activity_id is not UNSET:
            field_dict["activityId"] = activity_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status_code = d.pop("statusCode")

        message = d.pop("message")

        _activity_id = d.pop("activityId", UNSET)
        activity_id: UUID | Unset
        if isinstance(_activity_id, Unset):
            activity_id = UNSET
        else:
            activity_id = UUID(_activity_id)

        gateway_error = cls(
            status_code=status_code,
            message=message,
            activity_id=activity_id,
        )

        gateway_error.additional_properties = d
        return gateway_error

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

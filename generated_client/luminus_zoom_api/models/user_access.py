from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.access_role import AccessRole

T = TypeVar("T", bound="UserAccess")


@_attrs_define
class UserAccess:
    """A user's role.

    Attributes:
        user_id (UUID): The user.
        access_role (AccessRole): A role, 1 to 6; what each stands for is not documented.
    """

    user_id: UUID
    access_role: AccessRole
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        access_role = self.access_role.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "userID": user_id,
                "accessRole": access_role,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = UUID(d.pop("userID"))

        access_role = AccessRole(d.pop("accessRole"))

        user_access = cls(
            user_id=user_id,
            access_role=access_role,
        )

        user_access.additional_properties = d
        return user_access

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

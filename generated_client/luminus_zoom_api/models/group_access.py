from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.access_role import AccessRole

T = TypeVar("T", bound="GroupAccess")


@_attrs_define
class GroupAccess:
    """A group's role.

    Attributes:
        group_id (UUID): The group.
        access_role (AccessRole): A role, 1 to 6; what each stands for is not documented.
    """

    group_id: UUID
    access_role: AccessRole
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        group_id = str(self.group_id)

        access_role = self.access_role.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "groupID": group_id,
                "accessRole": access_role,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        group_id = UUID(d.pop("groupID"))

        access_role = AccessRole(d.pop("accessRole"))

        group_access = cls(
            group_id=group_id,
            access_role=access_role,
        )

        group_access.additional_properties = d
        return group_access

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.access_role import AccessRole
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.group_access import GroupAccess
    from ..models.user_access import UserAccess


T = TypeVar("T", bound="AccessRights")


@_attrs_define
class AccessRights:
    """Who may see the meeting, and as what.

    Attributes:
        group_access (list[GroupAccess] | Unset): Roles of groups.
        user_access (list[UserAccess] | Unset): Roles of single users where they differ from their groups'.
        public_access (AccessRole | None | Unset): The public's role; null gives it none.
        inherited_resource_id (None | Unset | UUID): A resource whose rights are taken over; null for none.
    """

    group_access: list[GroupAccess] | Unset = UNSET
    user_access: list[UserAccess] | Unset = UNSET
    public_access: AccessRole | None | Unset = UNSET
    inherited_resource_id: None | Unset | UUID = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        group_access: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.group_access, Unset):
            group_access = []
            for group_access_item_data in self.group_access:
                group_access_item = group_access_item_data.to_dict()
                group_access.append(group_access_item)

        user_access: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.user_access, Unset):
            user_access = []
            for user_access_item_data in self.user_access:
                user_access_item = user_access_item_data.to_dict()
                user_access.append(user_access_item)

        public_access: int | None | Unset
        if isinstance(self.public_access, Unset):
            public_access = UNSET
        elif isinstance(self.public_access, AccessRole):
            public_access = self.public_access.value
        else:
            public_access = self.public_access

        inherited_resource_id: None | str | Unset
        if isinstance(self.inherited_resource_id, Unset):
            inherited_resource_id = UNSET
        elif isinstance(self.inherited_resource_id, UUID):
            inherited_resource_id = str(self.inherited_resource_id)
        else:
            inherited_resource_id = self.inherited_resource_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if group_access is not UNSET:
            field_dict["groupAccess"] = group_access
        if user_access is not UNSET:
            field_dict["userAccess"] = user_access
        if public_access is not UNSET:
            field_dict["publicAccess"] = public_access
        if inherited_resource_id is not UNSET:
            field_dict["inheritedResourceID"] = inherited_resource_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.group_access import GroupAccess  # noqa: PLC0415
        from ..models.user_access import UserAccess  # noqa: PLC0415

        d = dict(src_dict)
        _group_access = d.pop("groupAccess", UNSET)
        group_access: list[GroupAccess] | Unset = UNSET
        if _group_access is not UNSET:
            group_access = []
            for group_access_item_data in _group_access:
                group_access_item = GroupAccess.from_dict(group_access_item_data)

                group_access.append(group_access_item)

        _user_access = d.pop("userAccess", UNSET)
        user_access: list[UserAccess] | Unset = UNSET
        if _user_access is not UNSET:
            user_access = []
            for user_access_item_data in _user_access:
                user_access_item = UserAccess.from_dict(user_access_item_data)

                user_access.append(user_access_item)

        def _parse_public_access(data: object) -> AccessRole | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, int):
                    raise TypeError()
                public_access_type_0 = AccessRole(data)

                return public_access_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AccessRole | None | Unset, data)

        public_access = _parse_public_access(d.pop("publicAccess", UNSET))

        def _parse_inherited_resource_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                inherited_resource_id_type_0 = UUID(data)

                return inherited_resource_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        inherited_resource_id = _parse_inherited_resource_id(
            d.pop("inheritedResourceID", UNSET)
        )

        access_rights = cls(
            group_access=group_access,
            user_access=user_access,
            public_access=public_access,
            inherited_resource_id=inherited_resource_id,
        )

        access_rights.additional_properties = d
        return access_rights

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

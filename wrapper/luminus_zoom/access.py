"""Who may see a meeting."""

from collections.abc import Mapping
from uuid import UUID

from attrs import field, frozen


@frozen(kw_only=True)
class Access:
    """Access rights to a new meeting (the page's request property ``access``).

    Roles are the integers 1 to 6; what each stands for is not documented. Without any access only the creator has
    rights, as a sibling operation documents. It is checked together with the other arguments of `create_meeting`.

    Attributes:
        groups: the role of each group, by its id.
        users: the role of single users where it differs from their groups', by their id.
        public: everybody's role; None gives the public none.
        inherited_resource_id: a resource whose rights are taken over.
    """

    groups: Mapping[UUID | str, int] = field(factory=dict)
    users: Mapping[UUID | str, int] = field(factory=dict)
    public: int | None = None
    inherited_resource_id: UUID | str | None = None

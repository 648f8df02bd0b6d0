from enum import IntEnum


class AccessRole(IntEnum):
    ROLE_1 = 1
    ROLE_2 = 2
    ROLE_3 = 3
    ROLE_4 = 4
    ROLE_5 = 5
    ROLE_6 = 6

    def __str__(self) -> str:
        return str(self.value)

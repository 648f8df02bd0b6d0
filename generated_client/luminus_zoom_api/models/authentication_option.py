from enum import IntEnum


class AuthenticationOption(IntEnum):
    NUS_ACCOUNT = 1
    ZOOM_ACCOUNT = 2

    def __str__(self) -> str:
        return str(self.value)

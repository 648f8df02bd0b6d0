from enum import IntEnum


class RecordType(IntEnum):
    CLOUD = 1
    LOCAL = 2

    def __str__(self) -> str:
        return str(self.value)

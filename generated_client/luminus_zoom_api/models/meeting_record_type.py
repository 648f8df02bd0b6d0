from enum import IntEnum


class MeetingRecordType(IntEnum):
    VALUE_0 = 0
    CLOUD = 1
    LOCAL = 2

    def __str__(self) -> str:
        return str(self.value)

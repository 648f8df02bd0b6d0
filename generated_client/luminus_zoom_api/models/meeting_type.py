from enum import IntEnum


class MeetingType(IntEnum):
    EXAM = 1
    CUSTOM = 2
    TIMETABLE = 3

    def __str__(self) -> str:
        return str(self.value)

"""The columns of a timetable: which names mean what. docs/scheduling.md lists them."""

import difflib
import re
from collections.abc import Mapping, Sequence

from luminus_zoom._arguments import ACCESS, PARAMETERS

from .cells import DURATION, MODULE, RIGHTS, START

NAME = "name"
HOSTS = "alternative_hosts"
CLOCK, ZONE, END, WEEKS, DAYS, EXCEPT = PATTERN = ("time", "tz", "end", "weeks", "days", "except")
ALIASES: Mapping[str, Sequence[str]] = {
    MODULE: ("module", "module code", "course", "course id", "course code"),
    NAME: ("title", "topic", "subject", "summary"),
    START: ("date", "day"),
    DURATION: ("length", "minutes"),
    HOSTS: ("hosts", "alternative host"),
    CLOCK: ("start time",),
    ZONE: ("timezone", "time zone"),
    END: ("end time", "ends"),
    WEEKS: ("week",),
    DAYS: ("weekdays",),
    EXCEPT: ("exceptions", "holidays", "not on"),
}
"""Other names that columns may have."""


def letters(text: str) -> str:
    """A name without what people write differently: capitals, spaces, hyphens, underscores."""
    return re.sub(r"[\W_]+", "", text).lower()


def right(part: str) -> str:
    """The role of a column with a part of the access rights."""
    return f"{RIGHTS} {part}"


def _roles() -> dict[str, str]:
    names = {name: (name, parameter.wire) for name, parameter in PARAMETERS.items() if name != RIGHTS}
    names |= {right(part): (right(part), parameter.wire) for part, parameter in ACCESS.items()}
    names |= {role: (role, role) for role in PATTERN}
    every = [(name, role) for role, own in names.items() for name in (*own, *ALIASES.get(role, ()))]
    return {letters(name): role for name, role in every}


ROLES: Mapping[str, str] = _roles()
"""What a column is, by the letters of its name: an argument, a part of the access rights, or how a start is written."""


def is_known(name: str) -> bool:
    """Whether a column of this name means something."""
    return letters(name) in ROLES


def assigned(columns: Sequence[str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """The column of each role; what is wrong, by the column; and the columns that are not used."""
    roles: dict[str, str] = {}
    faults: dict[str, str] = {}
    unused = []
    for column in filter(None, columns):
        role = ROLES.get(letters(column))
        close = difflib.get_close_matches(letters(column), ROLES, cutoff=0.8)
        if role and role in roles:
            faults[column] = f"means the same as the column {roles[role]}: remove one"
        elif role:
            roles[role] = column
        elif close:
            faults[column] = f"is not known: did you mean {ROLES[close[0]]}?"
        else:
            unused.append(column)
    if CLOCK in roles and START not in roles:
        roles[START] = roles.pop(CLOCK)  # "start time" alone has the date, too.
    return roles, faults, unused

"""What a run may know of an operation beyond its document. The profile here knows nothing, and fits any operation."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from luminus_zoom_contract.spec.operations import Operation, Path_

Check = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What of an operation's body may be sent to a real service, whose successes have effects outside of it."""

    marked: str
    """The property whose text has the run's mark, so that what was created is found again."""
    pinned: str
    """The property that may only have the value that the run was given."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Properties that may only have one value."""
    on_request: Mapping[str, str] = field(default_factory=dict)
    """Properties that are sent only if an option allows it, by the option's name."""
    never: tuple[str, ...] = ()


class Memory:
    """What a profile remembers of a run's answers; this one nothing."""

    def judge(self, sent: Mapping[str, Any], got: Mapping[str, Any], answer: Any, *, in_turn: bool) -> Iterator[Check]:
        """The profile's checks of one successful answer, `in_turn` where it is judged as it comes."""
        return iter(())


class Profile:
    """A profile of an operation of which only its document is known."""

    clauses: ClassVar[Path | None] = None
    """The table of the profile's own clauses."""
    prefixed: ClassVar[bool] = True
    """Whether the ids of the operation's clauses begin with its name."""
    labelled: ClassVar[str] = ""
    """The property whose text tells one request's result from another's."""
    restrictions: ClassVar[Restrictions | None] = None
    scope: ClassVar[str] = ""
    """The property that says where something is created, and in which the caller may have rights or not."""
    dimensions: ClassVar[Mapping[str, str]] = {}
    """The properties whose different values a run counts, by what it calls them."""

    def check(self, operation: Operation) -> None:
        """Raise SetupError where the document lacks what the profile needs."""

    def notes(self, operation: Operation) -> Iterable[str]:
        """What a reader should know of the document, in sentences."""
        return ()

    def label(self, draws: random.Random, number: int) -> str:
        """A text for the labelled property."""
        return f"text {number}"

    def bodies(self) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
        """Values to try together: the property that they try, a title, and the properties."""
        return ()

    def memory(self) -> Memory:
        """A memory for one run."""
        return Memory()

    def told_secrets(self, got: Mapping[str, Any]) -> Iterable[tuple[str, Path_]]:
        """Further secrets of an answer."""
        return ()

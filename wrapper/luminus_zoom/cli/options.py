"""The options of the command that follow from the arguments of `create_meeting`. None of them is listed by hand."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from enum import IntEnum
from typing import Any, get_args

import click

from luminus_zoom.access import Access
from luminus_zoom.client import ZoomClient
from luminus_zoom.scheduling.cells import (
    DURATION,
    HINTS,
    MODULE,
    READERS,
    RIGHTS,
    RIGHTS_READERS,
    START,
    CellError,
    Reader,
    choices_of,
    read_list,
    read_pairs,
    read_start,
    read_zone,
)
from luminus_zoom.scheduling.matching import LookAlike

_HELP = re.compile(r"^ {4}(\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def _descriptions(documented: object) -> dict[str, str]:
    """What each argument means, from the documentation of what takes them."""
    found = {name: " ".join(words.split()) for name, words in _HELP.findall(inspect.getdoc(documented) or "")}
    return {name: words[:1].upper() + words[1:] for name, words in found.items()}


DESCRIPTIONS: Mapping[str, str] = {
    **_descriptions(ZoomClient.create_meeting),
    **{f"{RIGHTS}_{part}": words for part, words in _descriptions(Access).items()},
    # In Python these are other types.
    f"{RIGHTS}_public": "Everybody's role, a number.",
    MODULE: "The course: its id, or a code that config.toml has.",
    START: "When it begins: 2027-01-18 10:00 with --tz, or 2027-01-18 10:00+08:00.",
    DURATION: "How long it is: 90, 1:30 or 1h30m. 15 minutes to 24:45, in steps of 15 minutes.",
}


class Cell(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A text that is read as in a cell of a timetable."""

    def __init__(self, reader: Reader, name: str = "text") -> None:
        self.name = name
        self._reader = reader

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The argument that a text stands for. What is none is refused."""
        try:
            return self._reader(value) if isinstance(value, str) else value
        except CellError as error:
            self.fail(str(error), param, ctx)


ZONE = Cell(read_zone, "ZONE")
zone_option = click.option(
    "--tz", "zone", type=ZONE, envvar="LUMINUS_TZ", help="Time zone of times without one, as Asia/Singapore."
)


def look_alike_option(text: str) -> Callable[[Any], Any]:
    """The option for what the ledger has already."""
    kinds = click.Choice(get_args(LookAlike))
    return click.option("--look-alike", type=kinds, default="refuse", show_default=True, help=text)


def meeting_options(without: Iterable[str] = ()) -> list[click.Option]:
    """An option for each argument of a meeting, and for each part of the access rights."""
    options: list[click.Option] = []
    for name in HINTS:
        if name == RIGHTS:
            options += [
                _option(f"{RIGHTS}_{part}", reader, DESCRIPTIONS[f"{RIGHTS}_{part}"])
                for part, reader in RIGHTS_READERS.items()
            ]
        elif name not in without:
            options.append(_option(name, READERS.get(name, str), DESCRIPTIONS[name]))
    return options


def _option(name: str, reader: Reader, text: str) -> click.Option:
    flag = "--" + name.replace("_", "-")
    kinds = get_args(HINTS.get(name))
    enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, IntEnum)]
    if bool in kinds:
        return click.Option([name, f"{flag}/--no-{flag[2:]}"], default=None, help=text)
    names = [flag, "--module"] if name == MODULE else [flag]
    is_many = reader in (read_list, read_pairs)
    shown = "ID=ROLE" if reader is read_pairs else "NAME" if enums else "TEXT"
    more = f" One of {choices_of(enums[0])}." if enums else " May be repeated." if is_many else ""
    return click.Option(
        [name, *names], type=Cell(reader), multiple=is_many, default=None, metavar=shown, help=f"{text}{more}"
    )


def with_options(options: Iterable[click.Option]) -> Callable[[Any], Any]:
    """Add options to a command."""

    def decorate(command: click.Command) -> click.Command:
        command.params[:0] = options
        return command

    return decorate


def meeting_arguments(
    given: Mapping[str, Any], zone: tzinfo | None = None, modules: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The arguments of `create_meeting` for the values of the options.

    Raises:
        click.BadParameter: the start cannot be read.
    """
    arguments = {name: given.get(name) for name in HINTS if name != RIGHTS}
    parts = {part: given.get(f"{RIGHTS}_{part}") for part in RIGHTS_READERS}
    arguments |= {name: _joined(value) for name, value in arguments.items()}
    parts = {part: _joined(value) for part, value in parts.items()}
    known = {part: value for part, value in parts.items() if value is not None}
    arguments[RIGHTS] = Access(**known) if known else None
    if isinstance(module := arguments[MODULE], str):
        arguments[MODULE] = module_of(module, modules or {})
    if arguments[START] is not None:
        try:
            arguments[START] = read_start(arguments[START], zone)
        except CellError as error:
            # Timetables have columns, and dates of one kind.
            text = str(error).replace("add a column tz, or pass", "pass").partition(", or say that all dates")[0]
            raise click.BadParameter(text, param_hint=f"--{START}") from None
    return {name: value for name, value in arguments.items() if value is not None}


def module_of(text: str, modules: Mapping[str, str]) -> str:
    """The id of a module that is named by its code, in whichever case; other text as it is."""
    return {code.lower(): known for code, known in modules.items()}.get(text.lower(), text)


def _joined(value: Any) -> Any:
    """The value of an option; those of one that may be repeated become one list or mapping."""
    if not isinstance(value, tuple):
        return value
    if any(isinstance(each, dict) for each in value):
        return {name: role for each in value for name, role in each.items()}
    return [item for each in value for item in each] or None


def read_extra(text: object) -> tuple[str, Any]:
    """A further property: NAME=JSON."""
    name, separator, value = str(text).partition("=")
    if not separator or not name:
        raise CellError(f"{text!r} is no property with its value: write NAME=JSON, as colour='\"red\"' or count=3")
    try:
        return name, json.loads(value)
    except ValueError:
        raise CellError(f"{value!r} is no JSON: a text has quotation marks, as colour='\"red\"'") from None


def call_parameters() -> set[str]:
    """The parameters of `create_meeting` that do not describe the meeting."""
    return set(inspect.signature(ZoomClient.create_meeting).parameters) - {"self", *HINTS}

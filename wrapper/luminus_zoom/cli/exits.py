"""What the exit code of the command says."""

import re
from enum import IntEnum
from typing import NoReturn

import click

_IN_PYTHON = (
    (r"Pass subscription_key= or set (\w+)", r"Set \1, or pass --subscription-key-file FILE"),
    (r"pass allow_http=True", "pass --allow-http"),
    (r"seconds or a timedelta", "seconds"),
    (r"(?<=\s)base_url(?= )", "--base-url"),
    (r"(?<=\s)(?=(?:timeout|deadline|retries) must)", "--"),
    (r"; see retry_after", ""),
    (r" \(it is in \.meeting\)|, whose meeting is in \.meeting,| What could be read is in \.meeting: .*", ""),
)
"""What the library says to people who write Python, and how the command says it."""


class Exit(IntEnum):
    """The exit codes. After many meetings it is the gravest of them: unknown, then rejected, then not sent."""

    CREATED = 0
    USAGE = 2
    """What was asked for makes no sense. Nothing was sent."""
    REJECTED = 3
    NOT_SENT = 4
    UNKNOWN = 5
    INTERRUPTED = 130


class Refusal(click.ClickException):
    """A text for the person at the terminal, and an exit code."""

    def __init__(self, text: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(text)
        self.code = code


def worded(text: str) -> str:
    """A text of the library in the words of the command."""
    for pattern, words in _IN_PYTHON:
        text = re.sub(pattern, words, text)
    return text


def refuse(text: str, code: Exit = Exit.USAGE) -> NoReturn:
    """End the command with a text.

    Raises:
        Refusal: always.
    """
    raise Refusal(text, code) from None


def show_help(ctx: click.Context) -> None:
    """Show the help of a group that was called without a command, and end with the code of a wrong use."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(Exit.USAGE)


def told(error: Exception) -> int:
    """Print an error that the library raised on purpose; the exit code.

    Raises:
        Exception: the error, if it is another one.
    """
    from luminus_zoom.errors import ConfigurationError, InvalidMeetingError, Outcome, ZoomError

    codes = {Outcome.NOT_SENT: Exit.NOT_SENT, Outcome.REJECTED: Exit.REJECTED, Outcome.UNKNOWN: Exit.UNKNOWN}
    if isinstance(error, InvalidMeetingError | ConfigurationError):
        code = Exit.USAGE
    elif isinstance(error, ZoomError):
        code = codes[error.outcome]
    else:
        code = _code_of_scheduling(error)
    click.echo(f"Error: {worded(str(error))}", err=True)
    return code


def _code_of_scheduling(error: Exception) -> Exit:
    from luminus_zoom.scheduling import SchedulingError, StoppedError

    if not isinstance(error, SchedulingError):
        raise error
    return Exit.NOT_SENT if isinstance(error, StoppedError) else Exit.USAGE


def interrupted(error: BaseException) -> int:
    """Print what an interruption left behind; the exit code. The library says so on the interruption itself."""
    from luminus_zoom.errors import Outcome

    known = {Outcome.UNKNOWN: "A meeting may exist: look in LumiNUS before you call again.", None: ""}
    text = known.get(getattr(error, "outcome", None), "No meeting was created.")
    click.echo(f"Interrupted. {text}".rstrip(), err=True)
    return Exit.INTERRUPTED

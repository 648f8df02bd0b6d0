"""The commands, each imported when it is used: `--version` and `--help` wait for nothing else."""

import difflib
import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import click

from luminus_zoom import __version__

from .exits import Exit, Refusal, interrupted, show_help, told

COMMANDS: Mapping[str, tuple[str, str]] = {
    "create": ("create", "Create one meeting."),
    "schedule": ("schedule", "Create a timetable of meetings, each once."),
    "ledger": ("ledger", "Look into the ledger of a timetable, export it, settle unknown rows."),
    "doctor": ("doctor", "Check configuration, gateway, clock and versions, and create nothing."),
    "mock": ("programs", "Start a mock of the service on this machine."),
    "verify": ("programs", "Check whether an endpoint keeps the contract."),
    "completion": ("programs", "Print the completion script for a shell."),
}
"""The module of each command, and what it does."""


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command; None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"luminus_zoom.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word. One that is mistyped is refused with what was probably meant."""
        close = difflib.get_close_matches(args[0], COMMANDS)
        if args[0] not in COMMANDS and close:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {close[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    epilog="Exit codes: 0 created, 2 usage, 3 rejected, 4 not sent, 5 unknown (a meeting may exist), 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", prog_name="luminus-zoom")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """Create LumiNUS Zoom meetings, one or a whole term, none lost and none doubled."""
    show_help(ctx)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default the process's; the exit code."""
    try:
        result: Any = commands.main(arguments, prog_name="luminus-zoom", standalone_mode=False)
    except Refusal as error:
        error.show()
        return error.code
    except click.UsageError as error:
        # Two lines. click's own text repeats the usage, too.
        command = error.ctx.command_path if error.ctx else "luminus-zoom"
        click.echo(f"Error: {error.format_message()}\nTry '{command} --help' for help.", err=True)
        return Exit.USAGE
    except click.Abort as error:  # Ctrl-C, or the end of the input at a question.
        return interrupted(error.__context__ or error)
    except ImportError as error:
        # click alone may be there: other packages bring it.
        package = (error.name or "").partition(".")[0]
        if package.startswith("luminus_zoom"):
            raise
        why = f"this command needs {package}: pip install 'luminus-zoom[cli]'" if package else str(error)
        click.echo(f"Error: {why}", err=True)
        return Exit.USAGE
    except Exception as error:
        return told(error)
    return result if isinstance(result, int) else 0

"""`luminus-zoom mock`, `verify` and `completion`: other programs of this distribution, by one name."""

import importlib
from collections.abc import Mapping, Sequence

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from .exits import Exit, refuse

SHELLS: Mapping[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
_PASSED_ON = {"ignore_unknown_options": True, "help_option_names": []}


def _run(package: str, arguments: Sequence[str]) -> int:
    """Run another package of this distribution as `python -m` does; the exit code. It says what it needs itself."""
    program = importlib.import_module(f"{package}.__main__")
    try:
        code: int | None = program.main(arguments)
    except SystemExit as end:
        if isinstance(end.code, str):
            refuse(f"{end.code}.")
        return end.code or Exit.CREATED
    return code or Exit.CREATED


@click.command(context_settings=_PASSED_ON, short_help="Start a mock of the service on this machine.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def mock(arguments: tuple[str, ...]) -> int:
    """Start a mock of the service; see luminus-zoom mock --help."""
    return _run("luminus_zoom_mock", arguments)


@click.command(context_settings=_PASSED_ON, short_help="Check whether an endpoint keeps the contract.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> int:
    """Run the conformance suite; see luminus-zoom verify --help."""
    return _run("luminus_zoom_contract", arguments)


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell: eval "$(luminus-zoom completion bash)"."""
    click.echo(SHELLS[shell](ctx.find_root().command, {}, "luminus-zoom", "_LUMINUS_ZOOM_COMPLETE").source())

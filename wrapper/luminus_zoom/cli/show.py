"""Tables and lines on the terminal. rich keeps to NO_COLOR and to the width; what is piped is not cut."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

STYLES: Mapping[str, str] = {"created": "green", "rejected": "red", "not sent": "yellow", "unknown": "bold magenta"}
_NOT_A_TERMINAL = 10_000


def console(file: TextIO | None = None) -> Console:
    """A console for the standard output, or for another stream."""
    stream = file or sys.stdout
    return Console(file=stream, width=None if stream.isatty() else _NOT_A_TERMINAL, highlight=False)


def errors() -> Console:
    """A console for the standard error."""
    return console(sys.stderr)


def local(time: datetime) -> str:
    """A time in the time zone of this machine."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], to: Console | None = None) -> None:
    """A table as wide as the terminal; where there is none, a row a line with tabs between the cells."""
    target = to or console()
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not target.is_terminal:
        for line in (columns, *texts):
            target.file.write("\t".join(" ".join(cell.split()) for cell in line) + "\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in texts:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    target.print(table)


def print_pairs(pairs: Mapping[str, Any]) -> None:
    """Names with their values. A long value is not wrapped, so that a link can be copied."""
    width = max(map(len, pairs), default=0)
    target = console()
    for name, value in pairs.items():
        target.print(Text(f"{name:<{width}}  ", style="bold").append(str(value), style="not bold"), soft_wrap=True)


def warn(text: str) -> None:
    """A warning on the standard error."""
    errors().print(Text("Warning: ", style="yellow").append(text, style="default"), soft_wrap=True)

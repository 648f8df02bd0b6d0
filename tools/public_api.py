"""The public names of the packages and their signatures, as lines of text, so that a change of them is seen.

`make public-api` writes tests/public_api.txt; a test compares. A line that goes or changes is breaking for somebody.
"""

from __future__ import annotations

import enum
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parents[1] / "tests" / "public_api.txt"
PACKAGES = ("luminus_zoom", "luminus_zoom_mock")


def lines() -> list[str]:
    """Return a line for each public name of the packages, and for each public member of a class."""
    found = []
    for package in PACKAGES:
        module = import_module(package)
        for name in sorted(module.__all__):
            thing = getattr(module, name)
            found.append(_line(f"{package}.{name}", thing))
            if inspect.isclass(thing):
                found += _members(f"{package}.{name}", thing)
    return found


def _members(path: str, cls: type) -> list[str]:
    if issubclass(cls, enum.Enum):
        return [f"{path}.{member.name} = {member.value!r}" for member in cls]
    names = (name for name in dir(cls) if not name.startswith("_"))
    own = (name for name in names if any(name in vars(base) for base in cls.__mro__ if _is_ours(base)))
    return [_line(f"{path}.{name}", inspect.getattr_static(cls, name)) for name in own]


def _is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0].startswith("luminus_zoom")


def _line(path: str, thing: Any) -> str:
    thing = getattr(thing, "__func__", thing)
    if inspect.isclass(thing):
        bases = ", ".join(base.__name__ for base in thing.__bases__)
        is_plain = issubclass(thing, enum.Enum | BaseException) or not callable(thing)
        return f"class {path}({bases})" + ("" if is_plain else f" {_signature(thing)}")
    if callable(thing):
        return f"{'async ' if inspect.iscoroutinefunction(thing) else ''}def {path}{_signature(thing)}"
    return path


def _signature(thing: Any) -> str:
    """The names of parameters, * where they must be named, and = where they may be left out."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return "(…)"
    shown = []
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        stars = "*" * ((parameter.kind is parameter.VAR_POSITIONAL) + 2 * (parameter.kind is parameter.VAR_KEYWORD))
        shown.append(f"{stars}{parameter.name}{'' if parameter.default is parameter.empty else '='}")
    return f"({', '.join(shown)})"


if __name__ == "__main__":
    RECORDED.write_text("\n".join(lines()) + "\n", encoding="utf-8")

"""openapi.yaml as data, read strictly: what two readers of YAML could take for different things is a problem."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import yaml

Pointer: TypeAlias = tuple[str | int, ...]
"""Where something stands: names of members and indices, from the root. What has no place of its own: ("", line, …)."""
Node: TypeAlias = dict[str, Any]


class Problem(NamedTuple):
    """Why the contract is refused: where, and what is wrong and what to do in one sentence."""

    at: Pointer
    text: str


class Refused(Exception):
    """The contract cannot be followed. `args[0]` is a list of lines, one for each problem."""


def written(at: Pointer) -> str:
    """Return a place as a JSON pointer (RFC 6901) in its fragment form, `#/paths/~1Meeting`."""
    at = at[2:] if at[:1] == ("",) else at
    return "/".join(["#", *(str(step).replace("~", "~0").replace("/", "~1") for step in at)])


def steps(reference: str) -> Pointer:
    """Return the place that a `$ref` of the form `#/…` names."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in reference.split("/")[1:])


@dataclass
class Document:
    """The contract: its data, the line of each place, and what was wrong with it as YAML."""

    data: Node
    lines: dict[Pointer, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, at: Pointer) -> int:
        """Return the line of a place, or of the nearest one around it; ("", line, …) brings its own."""
        if at[:1] == ("",):
            return int(at[1])
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)

    def at(self, place: Pointer) -> Any:
        """Return what stands at a place, None where there is nothing."""
        node: Any = self.data
        for step in place:
            if isinstance(node, dict):
                node = node.get(step)
            elif isinstance(node, list) and str(step).isdecimal() and int(step) < len(node):
                node = node[int(step)]
            else:
                return None
        return node

    def follow(self, node: Any, at: Pointer = ()) -> tuple[Pointer, Node]:
        """Return the object behind references, with its place; an empty one where they lead nowhere or in a circle."""
        seen = set()
        while isinstance(node, dict) and isinstance(reference := node.get("$ref"), str):
            at = steps(reference)
            if reference in seen:
                return at, {}
            seen.add(reference)
            node = self.at(at)
        return at, node if isinstance(node, dict) else {}


def read(raw: bytes) -> Document:
    """Read a YAML document; its problems are listed in it. Raises `Refused` where it is no YAML at all."""
    document = Document({})
    try:
        text = raw.decode("utf-8-sig")
        document.problems.extend(_events(text, document))
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Refused([f"line {line}: the file is not UTF-8: save it as UTF-8"]) from error
    except yaml.MarkedYAMLError as error:
        raise Refused([_unreadable(error)]) from error
    except yaml.YAMLError as error:
        raise Refused([f"line 1: the file is no YAML: {error}"]) from error
    except RecursionError as error:
        raise Refused(["line 1: the file nests too deeply"]) from error
    if not isinstance(root, yaml.MappingNode):
        raise Refused(["line 1: the file holds no OpenAPI document: it has to begin with `openapi: 3.1.0`"])
    document.data = _value(root, (), document)
    return document


def _unreadable(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = str(error.problem or error)
    if "'\\t'" in problem:
        return f"line {line}: a tab stands where YAML wants spaces: indent with spaces"
    if "expected a single document" in str(error.context or "") + problem:
        return f"line {line}: a second YAML document begins here (`---`): keep one"
    return f"line {line}: this is no YAML: {' '.join(filter(None, (error.context, problem)))}"


def _events(text: str, document: Document) -> Iterator[Problem]:
    """Anchors, aliases and tags, which the nodes no longer show."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1  # type: ignore[union-attr]
        place = ("", line)
        if isinstance(event, yaml.AliasEvent):
            yield Problem(place, f"the alias *{event.anchor} is not followed: use `$ref` to a component")
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            yield Problem(place, f"the anchor &{event.anchor} is not followed: make it a component and use `$ref`")
        if getattr(event, "tag", None):
            yield Problem(place, f"the tag {event.tag} is not followed: leave it out, and quote text")  # type: ignore[attr-defined]


def _value(node: yaml.Node, at: Pointer, document: Document) -> Any:
    document.lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, at, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*at, index), document) for index, item in enumerate(node.value)]
    return _scalar(node, at, document)


def _mapping(node: yaml.MappingNode, at: Pointer, document: Document) -> Node:
    found: Node = {}
    for key, item in node.value:
        place = (*at, key.value if isinstance(key, yaml.ScalarNode) else "")
        line = key.start_mark.line + 1
        if place in document.lines:
            first = document.lines[place]
            text = f"`{key.value}` stands twice here, first in line {first}: one of the two would be lost"
            document.problems.append(Problem(("", line, *place), text))
            continue
        document.lines[place] = line
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if not isinstance(name, str) or not isinstance(_scalar(key, place, document), str):
            document.problems.append(Problem(place, f"a name has to be text: write '{name or '…'}' in quotes"))
        found[str(name)] = _value(item, place, document)
    return found


def _scalar(node: yaml.Node, at: Pointer, document: Document) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    old, new = _as_yaml_1_1(node), _as_yaml_1_2(text)
    if isinstance(new, float) and not math.isfinite(new):
        document.problems.append(Problem(at, f"{text} has no form in JSON: write a number"))
    elif type(old) is not type(new) or old != new:
        words = f"{text} is {_named(old)} in YAML 1.1 and {_named(new)} in YAML 1.2"
        document.problems.append(Problem(at, f"{words}: quote it if it is text, else write it plainly"))
    return new


def _as_yaml_1_1(node: yaml.Node) -> Any:
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, yaml.YAMLError):
        return None if node.value else ""


_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBERS = (
    (r"[-+]?[0-9]+", int),
    (r"0o[0-7]+", lambda text: int(text[2:], 8)),
    (r"0x[0-9a-fA-F]+", lambda text: int(text[2:], 16)),
    (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    (r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", lambda text: float(text.replace(".", ""))),
)


def _as_yaml_1_2(text: str) -> Any:
    """Return what YAML 1.2's core schema makes of an unquoted scalar (yaml.org/spec/1.2.2, section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    return next((read(text) for pattern, read in _NUMBERS if re.fullmatch(pattern, text)), text)


def _named(value: Any) -> str:
    kinds = {bool: str(value).lower(), type(None): "null", int: f"the number {value}", float: f"the number {value}"}
    return kinds.get(type(value), "text" if isinstance(value, str) else "a date")

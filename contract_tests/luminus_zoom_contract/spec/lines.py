"""Where things stand in an OpenAPI document, for people and tools that open it at a line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from luminus_zoom_contract.spec.document import LOADER


class Lines:
    """The lines of a YAML or JSON document, by JSON pointer."""

    def __init__(self, document: Path) -> None:
        """Read a document; OSError or YAMLError where that cannot be done."""
        self._root: Final[Any] = yaml.compose(document.read_text("utf-8"), LOADER)

    def of(self, pointer: str) -> int:
        """The line, from 1, at which the node of a pointer begins, or the deepest one on the way that is there."""
        node, line = self._root, 1
        for step in pointer.strip("/").split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            children: Mapping[str, Any] = {}
            if isinstance(node, yaml.MappingNode):
                children = {key.value: (key, value) for key, value in node.value}
            elif isinstance(node, yaml.SequenceNode):
                children = {str(place): (value, value) for place, value in enumerate(node.value)}
            if name not in children:
                break
            at, node = children[name]
            line = at.start_mark.line + 1
        return line

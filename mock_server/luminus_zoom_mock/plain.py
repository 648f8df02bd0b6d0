"""The reference as plain HTML, for where the build had no npm to take Swagger UI from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape

from luminus_zoom_mock.contract import Contract, Operation, Parameter
from luminus_zoom_mock.schemas import Property, Schema


def plain_reference(contract: Contract) -> str:
    """Return the operations of a contract with their parameters, bodies and answers."""
    return "\n".join(line for operation in contract.operations.values() for line in _operation(contract, operation))


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    node = operation.node
    yield f"<h2>{escape(operation.method)} {escape(operation.path)}</h2>"
    yield from (f"<p>{escape(str(node[name]))}</p>" for name in ("summary", "description") if name in node)
    if operation.parameters:
        rows = ((it.name, _meaning(contract, it.schema), it.where, _required(it)) for it in operation.parameters)
        yield from _table("Parameters", ("name", "in", "required"), rows)
    if operation.body:
        yield from _properties(contract, f"Body: {', '.join(operation.body)}", operation.schema)
        for example in [it for media in operation.body.values() for it in media.examples][:1]:
            yield f"<h3>Example</h3><pre tabindex=0>{escape(json.dumps(example, indent=2, default=str))}</pre>"
    described = {status: contract.schemas.resolve(it) for status, it in node.get("responses", {}).items()}
    answers = ((str(status), str(it.get("description", ""))) for status, it in described.items())
    yield from _table("Answers", ("status",), answers)
    if operation.answer:
        yield from _properties(contract, f"Body of the answer {operation.success}", operation.answer)


def _properties(contract: Contract, title: str, schema: Schema) -> Iterator[str]:
    named = contract.schemas.described(schema).items()
    rows = ((name, _meaning(contract, it.schema), _type(it), _required(it)) for name, it in named)
    return _table(title, ("property", "type", "required"), rows)


def _type(it: Property) -> str:
    return f"{it.type} {it.format}".strip()


def _required(it: Property | Parameter) -> str:
    return "yes" if it.required else ""


def _meaning(contract: Contract, schema: Schema) -> str:
    return next((str(part["description"]) for part in contract.schemas.parts(schema) if "description" in part), "")


def _table(title: str, names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A row is a name, what it means, and its other columns; the meaning stands below the name, for narrow windows."""
    yield f'<h3>{escape(title)}</h3><div class="wide" tabindex=0 role="region" aria-label="{escape(title)}"><table><tr>'
    yield "".join(f"<th scope=col>{escape(name)}" for name in names)
    for name, meaning, *others in rows:
        about = f"<p>{escape(meaning)}</p>" if meaning else ""
        yield f"<tr><th scope=row>{escape(name)}{about}" + "".join(f"<td>{escape(cell)}" for cell in others)
    yield "</table></div>"

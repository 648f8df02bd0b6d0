"""What operations without a behaviour of their own do: keep what is created, give it back, list, change and remove it.

Paths and schemas say which operations belong together: a POST on a path creates, a GET on it lists, and operations on
that path with one more parameter are about one thing that was created. Where nothing is known, an answer is the
documented example, else made from its schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from luminus_zoom_mock.contract import ADD_MEETING, Contract, Media, Operation
from luminus_zoom_mock.exchange import Call
from luminus_zoom_mock.schemas import Schema
from luminus_zoom_mock.store import Store
from luminus_zoom_mock.values import value_for

Thing = dict[str, Any]

MISSING = "There is no such resource."
_PAGE = {"offset": "offset", "skip": "offset", "limit": "limit", "top": "limit", "pagesize": "limit"}
"""Query parameters of a list that choose a part of it, by their lower-case letters."""


class Resources:
    """The things that were created, by the path that they were created at."""

    def __init__(self, contract: Contract, store: Store) -> None:
        """Keep them in this store."""
        self._contract = contract
        self._schemas = contract.schemas
        self._store = store
        self._by_path = {(it.method, it.path.lower()): it for it in contract.operations.values()}

    def answer(self, operation: Operation, call: Call) -> tuple[int, Any]:
        """Return the status and the value of the answer's body to a valid call; `...` stands for no body."""
        parent, _, last = operation.path.rpartition("/")
        creator = self._by_path.get(("POST", parent.lower())) if re.fullmatch(r"\{[^}]*\}", last) else None
        if creator is not None:
            return self._one(operation, creator, call, last[1:-1])
        if operation.method == "POST" and f"{operation.path}/{{".lower() in "\n".join(
            path for _, path in self._by_path
        ):
            return operation.success, self._created(operation, call)
        if operation.method == "GET" and ("POST", operation.path.lower()) in self._by_path:
            return operation.success, self._list(operation, call)
        return operation.success, self.made(operation, {**self._echoes(operation, call), **call.parameters})

    def made(self, operation: Operation, known: Mapping[str, Any] = {}, status: int | None = None) -> Any:
        """Return a body for a status, by default the success's: the example, else one made from its schema.

        What is known of its properties replaces those in it, as long as the schema allows it.
        """
        media = self._media(operation, status or operation.success)
        if media is None:
            return ...
        value = next(iter(media.examples), ...)
        creates = operation.method == "POST" and status is None
        if value is ... or creates:
            serial = self._store.next_serial() if creates else 1
            new = value_for(self._schemas, media.schema, serial)
            value, known = (new, known) if value is ... else (value, {**self._unique(media.schema, new), **known})
        return self._with(media.schema, value, known)

    def _unique(self, schema: Schema, value: Any) -> Thing:
        """The properties of a value that no two creations share."""
        marked = [
            name for name, it in self._schemas.properties(schema) if any(map(_is_unique, self._schemas.parts(it)))
        ]
        return {name: value[name] for name in marked if isinstance(value, dict) and name in value}

    def _media(self, operation: Operation, status: int) -> Media | None:
        response = operation.response(status)
        if response is None:
            return None
        return response.content.get("application/json") or next(iter(response.content.values()), None)

    def _with(self, schema: Schema, value: Any, known: Mapping[str, Any]) -> Any:
        """Return the value with what is known of its properties, each only where the schema allows it."""
        if not isinstance(value, dict):
            return value
        for name in dict(self._schemas.properties(schema)).keys() & known.keys():
            changed = {**value, name: known[name]}
            if self._schemas.allows(schema, changed) or not self._schemas.allows(schema, value):
                value = changed
        return value

    def _echoes(self, operation: Operation, call: Call) -> Thing:
        """What an answer repeats of the request: what is marked so, else what has the same name."""
        sent = call.document if isinstance(call.document, dict) else {}
        echoes = dict(sent)
        for name, kind in self._schemas.described(operation.answer).items():
            if kind.echoes in sent:
                echoes[name] = sent[kind.echoes]
        return echoes

    def _created(self, operation: Operation, call: Call) -> Any:
        media = self._media(operation, operation.success)
        if media is None:
            return ...
        serial = self._store.next_serial()
        echoes = self._echoes(operation, call)
        thing = self._with(media.schema, value_for(self._schemas, media.schema, serial), echoes)
        for name, kind in self._schemas.described(media.schema).items():
            # What was not asked for is left out rather than made up.
            if kind.echoes and name not in echoes and name in thing:
                less = {key: value for key, value in thing.items() if key != name}
                thing = less if self._schemas.allows(media.schema, less) else thing
        self._store.add(json.dumps(thing).encode(), self._kind(operation, call))
        return thing

    def _kind(self, operation: Operation, call: Call) -> str:
        """The name under which the things of a path are kept; addMeeting's have none."""
        path = operation.path
        meetings = self._contract.operations.get(ADD_MEETING)
        if meetings is not None and path == meetings.path:
            return ""
        for name, value in call.variables.items():
            path = path.replace(f"{{{name}}}", value)
        return path.lower()

    def _list(self, operation: Operation, call: Call) -> Any:
        media = self._media(operation, operation.success)
        if media is None:
            return ...
        things = [
            thing for thing in self._store.kept(self._kind(operation, call)) if self._chosen(thing, call.parameters)
        ]
        pages = {_PAGE.get(re.sub(r"\W|_", "", name).lower()): it for name, it in call.parameters.items()}
        offset, limit = pages.get("offset", 0), pages.get("limit")
        things = things[offset:] if isinstance(offset, int) else things
        things = things[:limit] if isinstance(limit, int) else things
        for part in self._schemas.parts(media.schema):
            if part.get("type") == "array":
                return self._fitting(media.schema, part, things)
        value = self.made(operation)
        for name, schema in self._schemas.properties(media.schema):
            array = next((it for it in self._schemas.parts(schema) if it.get("type") == "array"), None)
            if array is not None and isinstance(value, dict):
                return self._with(media.schema, value, {name: self._fitting(schema, array, things)})
        return value

    def _chosen(self, thing: Thing, parameters: Mapping[str, Any]) -> bool:
        """Tell whether a thing has the values of the parameters that are named like its properties."""
        return all(
            thing[name] in (value if isinstance(value, list) else [value])
            for name, value in parameters.items()
            if name in thing
        )

    def _fitting(self, schema: Schema, array: Schema, things: list[Thing]) -> list[Any]:
        """Return the things as a list that the schema allows, each as the schema of its items has it."""
        items = array.get("items", {})
        shown = [self._as(items, thing) for thing in things][: array.get("maxItems")]
        while len(shown) < array.get("minItems", 0):
            shown.append(value_for(self._schemas, items, len(shown) + 1))
        return shown

    def _as(self, schema: Schema, thing: Thing) -> Any:
        """Return a thing as another schema of it has it: what it lacks is made, what is not asked for left."""
        if self._schemas.allows(schema, thing):
            return thing
        return self._with(schema, value_for(self._schemas, schema), thing)

    def _one(self, operation: Operation, creator: Operation, call: Call, parameter: str) -> tuple[int, Any]:
        """Answer an operation about one thing: give it back, change it or remove it."""
        key = self._key(creator, operation, parameter)
        kind = self._kind(creator, call)
        wanted = call.parameters.get(parameter)
        thing = self._store.find(kind, key, wanted) if key else None
        if thing is None:
            missing = operation.response(404)
            if key and missing is not None and any(name in operation.responses for name in ("404", "4XX")):
                return 404, MISSING
            known = {**self._echoes(operation, call), **({key: wanted} if key else {})}
            return operation.success, self.made(operation, known)
        if operation.method == "DELETE":
            self._store.replace(kind, key, wanted, None)
        elif operation.method in ("PUT", "PATCH") and isinstance(call.document, dict):
            thing = self._changed(operation, creator, call, thing, key)
            self._store.replace(kind, key, wanted, json.dumps(thing).encode())
        media = self._media(operation, operation.success)
        return operation.success, ... if media is None else self._as(media.schema, thing)

    def _changed(self, operation: Operation, creator: Operation, call: Call, thing: Thing, key: str) -> Thing:
        """Return a thing after PATCH, which keeps what is not sent, or PUT, which does not."""
        kept = dict(thing)
        if operation.method == "PUT":
            settable = dict(self._schemas.properties(operation.schema))
            kept = {name: it for name, it in thing.items() if name not in settable or name == key}
        sent = {name: it for name, it in self._echoes(operation, call).items() if name != key}
        schema = creator.answer
        changed = {**kept, **{name: it for name, it in sent.items() if name in dict(self._schemas.properties(schema))}}
        return changed if self._schemas.allows(schema, changed) else self._with(schema, thing, sent)

    def _key(self, creator: Operation, operation: Operation, parameter: str) -> str:
        """The property of what is created that a path's parameter names; "" for none.

        A link says which. Without one it is that of the parameter's name, else `id`.
        """
        names = dict(self._schemas.properties(creator.answer))
        made = creator.response(creator.success)
        there = [it.id for it in self._contract.operations.values() if it.path == operation.path]
        linked = [made.links.get((name, parameter), "") for name in there] if made else []
        if found := next((name for name in linked if name in names), ""):
            return found
        by_lower = {name.lower(): name for name in names}
        return by_lower.get(parameter.lower(), by_lower.get("id", ""))


def _is_unique(schema: Schema) -> bool:
    return bool(schema.get("x-unique"))

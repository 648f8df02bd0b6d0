"""Operations: what an OpenAPI document says of one method on one path, in the form that cases and checks take."""

import enum
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import jsonschema_rs

from luminus_zoom_contract.spec.document import Json, Provenance, at, escape, kind_of, merged, resolved, validator

Path_ = tuple[str, ...]
"""Where a value sits in a body; `[]` stands for each item of an array."""
Place = Literal["path", "query", "header", "cookie"]
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DELIMITERS: Final = {"spaceDelimited": " ", "pipeDelimited": "|"}
FORM: Final = "application/x-www-form-urlencoded"
_DEEPEST: Final = 8
"""Levels of a body that are looked at, since a schema may contain itself."""
_BESIDE: Final = {"$ref", "summary", "description", "title", "deprecated"}
"""What may stand beside a reference and says nothing of the value."""
_MORE_THAN_LENGTH: Final = {"format", "enum", "const", "pattern", "oneOf", "anyOf", "allOf", "not", "if"}


class Judgement(enum.Enum):
    """What the two views say of a request body."""

    LEGAL = "legal"
    ILLEGAL = "illegal"
    LEGAL_IF_UNDOCUMENTED_HOLDS = "legal in the full view alone"
    ILLEGAL_IF_UNDOCUMENTED_HOLDS = "illegal in the full view alone"


@dataclass(frozen=True)
class Field:
    """One place that has a schema: a property, an array's items, a parameter, or a whole body (the empty path)."""

    path: Path_
    schema: Mapping[str, Any]
    pointer: str
    provenance: Provenance
    required: bool
    null: Provenance | None
    """Where a permitted null comes from, or None where null is not permitted."""
    document: Mapping[str, Any]
    """The whole document, in which references of the schema are looked up."""
    valid_at: str
    """Where the schema stands with what is said beside its reference; else as the pointer."""

    @functools.cached_property
    def name(self) -> str:
        """The path in one word, as in `access.groupAccess[].accessRole`."""
        return ".".join(self.path).replace(".[]", "[]")

    @functools.cached_property
    def type(self) -> str:
        """The JSON Schema type; of several, the first that is not null; empty where the schema names none."""
        stated = self.schema.get("type")
        if stated is None and "properties" in self.schema:
            return "object"
        if stated is None and (values := self.schema.get("enum") or [self.schema.get("const")]):
            return {str: "string", bool: "boolean", int: "integer", float: "number"}.get(type(values[0]), "")
        return stated if isinstance(stated, str) else next(iter(it for it in stated or () if it != "null"), "")

    @property
    def is_free_text(self) -> bool:
        """Whether it holds texts, of which nothing but the length is said."""
        return self.type == "string" and not _MORE_THAN_LENGTH & self.schema.keys()

    @functools.cached_property
    def is_valid(self) -> "functools.partial[bool]":
        """Whether a value satisfies the schema."""
        return cast("functools.partial[bool]", validator(self.document, self.valid_at).is_valid)

    def keyword_provenance(self, keyword: str) -> Provenance:
        """Where one keyword of the schema comes from."""
        mark = self.schema.get("x-provenance", {})
        return mark["kind"] if keyword in mark.get("keywords", ()) else self.provenance


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation: its name, its place, and its schema as a field of one step."""

    name: str
    place: Place
    field: Field
    explode: bool
    """Whether each item of a list stands for itself, under the name once more."""
    delimiter: str
    """What stands between the items of a list else."""

    @property
    def clause(self) -> str:
        """What the clauses about it begin with."""
        return f"parameter.{self.place}.{self.name}"


def fields_of(document: Mapping[str, Any], pointer: str, path: Path_ = (), *, required: bool = True) -> list[Field]:
    """A schema's places, itself first."""
    return list(_walk(document, path, at(document, pointer), pointer, "documented", required=required))


def _walk(
    document: Mapping[str, Any], path: Path_, schema: Json, pointer: str, provenance: Provenance, *, required: bool
) -> Iterator[Field]:
    schema, stated = schema if isinstance(schema, dict) else {}, pointer
    is_narrowed = "$ref" in schema and any(not key.startswith("x-") for key in schema.keys() - _BESIDE)
    pointer, schema = resolved(document, pointer, schema)
    target = pointer
    pointer, schema, null = _not_null(document, pointer, schema)
    valid_at = stated if is_narrowed and pointer == target else pointer
    schema = merged(document, schema)
    own = kind_of(schema) if "keywords" not in schema.get("x-provenance", {"keywords": ()}) else provenance
    yield Field(path, schema, pointer, own, required, null, document, valid_at)
    if len(path) >= _DEEPEST:
        return
    for name, child in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        where = f"{pointer}/properties/{escape(name)}"
        yield from _walk(document, (*path, name), child, where, own, required=needed)
    if isinstance(schema.get("items"), dict):
        yield from _walk(document, (*path, "[]"), schema["items"], f"{pointer}/items", own, required=True)


def _not_null(document: Mapping[str, Any], pointer: str, schema: Json) -> tuple[str, Json, Provenance | None]:
    """A schema without its null, where it has one, and where that null comes from."""
    if isinstance(types := schema.get("type"), list) and "null" in types:
        return pointer, schema, kind_of(schema)
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword, ())
        nulls = [kind_of(branch) for branch in branches if branch.get("type") == "null"]
        others = [index for index, branch in enumerate(branches) if branch.get("type") != "null"]
        if nulls and len(others) == 1:
            where = f"{pointer}/{keyword}/{others[0]}"
            return *resolved(document, where, branches[others[0]]), nulls[0]
    return pointer, schema, None


class Operation:
    """One operation of a document."""

    def __init__(self, document: Mapping[str, Any], documented: Mapping[str, Any], path: str, method: str) -> None:
        self.path: Final = path
        """The path template."""
        self.method: Final = method.upper()
        self.pointer: Final = f"/paths/{escape(path)}/{method}"
        self.item: Final[Mapping[str, Any]] = document["paths"][path][method]
        self.id: Final[str] = self.item.get("operationId") or f"{self.method} {path}"
        self._full: Final = document
        self._documented: Final = documented

    def __repr__(self) -> str:
        return f"Operation({self.method} {self.path})"

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, those of the path item among them."""
        found: dict[tuple[str, str], Parameter] = {}
        for owner in (self.pointer.rpartition("/")[0], self.pointer):
            for index, item in enumerate(at(self._full, owner).get("parameters", ())):
                pointer, item = resolved(self._full, f"{owner}/parameters/{index}", item)
                schema = "/schema" if "schema" in item else f"/content/{escape(next(iter(item['content'])))}/schema"
                needed = bool(item.get("required"))
                field = fields_of(self._full, pointer + schema, (item["name"],), required=needed)[0]
                style = item.get("style", "form")
                explode = item["in"] == "query" and item.get("explode", style == "form")
                delimiter = _DELIMITERS.get(style, ",")
                found[item["in"], item["name"]] = Parameter(item["name"], item["in"], field, explode, delimiter)
        # OpenAPI ignores parameters of these names.
        return tuple(it for it in found.values() if it.name.lower() not in {"accept", "content-type", "authorization"})

    @functools.cached_property
    def _body(self) -> tuple[str, Mapping[str, Any]]:
        return resolved(self._full, f"{self.pointer}/requestBody", self.item.get("requestBody", {}))

    @functools.cached_property
    def request_media_types(self) -> tuple[str, ...]:
        """What a request may be labelled, in the document's order; one may be a range. Empty without a body."""
        return tuple(self._body[1].get("content", ()))

    @functools.cached_property
    def body_required(self) -> bool:
        """Whether a request must have a body."""
        return bool(self._body[1].get("required"))

    @functools.cached_property
    def _body_pointer(self) -> str:
        media = next((it for it in self.request_media_types if "json" in it), "")
        return f"{self._body[0]}/content/{escape(media)}/schema" if media else ""

    @functools.cached_property
    def request_fields(self) -> tuple[Field, ...]:
        """Every place of a JSON request body, the body itself first; empty where there is none."""
        return tuple(fields_of(self._full, self._body_pointer)) if self._body_pointer else ()

    @functools.cached_property
    def other_body(self) -> tuple[str, Field] | None:
        """The form or text that a request has for its body where it has no JSON: its media type and its schema."""
        for media, item in () if self._body_pointer else self._body[1].get("content", {}).items():
            if (media == FORM or media.startswith("text/")) and "schema" in item:
                return media, fields_of(self._full, f"{self._body[0]}/content/{escape(media)}/schema")[0]
        return None

    @functools.cached_property
    def unwritten(self) -> tuple[str, ...]:
        """The media types of bodies that the suite does not write."""
        mine = self.other_body[0] if self.other_body else ""
        return tuple(it for it in self.request_media_types if "json" not in it and it != mine)

    @property
    def is_sendable(self) -> bool:
        """Whether the suite can write a legal request."""
        return bool(self.request_fields or self.other_body or not self.body_required)

    @functools.cached_property
    def request_names(self) -> Mapping[str, Field]:
        """The same places by their names."""
        return {field.name: field for field in self.request_fields}

    def response_key(self, status: int) -> str:
        """What describes a status among the responses: itself, its range, or the default; else empty."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((key for key in keys if key in self.item["responses"]), "")

    def response_pointer(self, status: int) -> str:
        """Where the response object that describes a status stands; empty where there is none."""
        key = self.response_key(status)
        return resolved(self._full, f"{self.pointer}/responses/{key}", self.item["responses"][key])[0] if key else ""

    def response(self, status: int) -> Mapping[str, Any]:
        """What the document says of an answer with this status; empty where it says nothing."""
        pointer = self.response_pointer(status)
        return cast(Mapping[str, Any], at(self._full, pointer)) if pointer else {}

    def response_media_types(self, status: int) -> tuple[str, ...]:
        """How an answer with this status may be labelled; empty where its body is not described."""
        return tuple(self.response(status).get("content", ()))

    @functools.cached_property
    def statuses(self) -> Mapping[int, Provenance]:
        """The statuses that the operation is documented to answer with, and where each comes from."""
        given = self.item["responses"].items()
        return {int(code): kind_of(answer) for code, answer in given if code.isdigit()}

    @functools.cached_property
    def success(self) -> int:
        """The status of a success, the first documented 2xx."""
        return min((status for status in self.statuses if 200 <= status < 300), default=200)

    @functools.cached_property
    def response_fields(self) -> tuple[Field, ...]:
        """Every place of the JSON body of a success; empty where that has none."""
        media = next((it for it in self.response_media_types(self.success) if "json" in it), "")
        pointer = f"{self.response_pointer(self.success)}/content/{escape(media)}/schema"
        return tuple(fields_of(self._full, pointer)) if media else ()

    def response_headers(self, status: int) -> Mapping[str, Field]:
        """The documented headers of an answer with this status, those with a schema."""
        found = {}
        for name, item in self.response(status).get("headers", {}).items():
            pointer, item = resolved(self._full, f"{self.response_pointer(status)}/headers/{escape(name)}", item)
            if "schema" in item:
                needed = bool(item.get("required"))
                found[name] = fields_of(self._full, f"{pointer}/schema", (name,), required=needed)[0]
        return found

    @functools.cached_property
    def request_validators(self) -> tuple[jsonschema_rs.Draft202012Validator, jsonschema_rs.Draft202012Validator]:
        """Validators of a request body: the documented view's, the full view's."""
        return validator(self._documented, self._body_pointer), validator(self._full, self._body_pointer)

    @functools.cache  # noqa: B019 - an operation lives as long as its run
    def response_validator(
        self, status: int, media_type: str = "application/json"
    ) -> jsonschema_rs.Draft202012Validator | None:
        """Validator of an answer's decoded body, in the full view; None where the document describes no such body."""
        content = self.response(status).get("content", {})
        if "schema" not in content.get(media_type, {}):
            return None
        return validator(self._full, f"{self.response_pointer(status)}/content/{escape(media_type)}/schema")

    def judge(self, body: Json) -> Judgement:
        """What both views say of a decoded request body."""
        documented, full = (view.is_valid(body) for view in self.request_validators)
        if documented == full:
            return Judgement.LEGAL if full else Judgement.ILLEGAL
        return Judgement.LEGAL_IF_UNDOCUMENTED_HOLDS if full else Judgement.ILLEGAL_IF_UNDOCUMENTED_HOLDS

    @functools.cached_property
    def security(self) -> tuple[Mapping[str, Mapping[str, Any]], ...]:
        """The ways to be let in, each as the schemes that it takes; empty where none is needed."""
        schemes = self._full.get("components", {}).get("securitySchemes", {})
        ways = self.item.get("security", self._full.get("security", ()))
        return tuple({name: schemes[name] for name in way if name in schemes} for way in ways)

    def scheme(self, kind: str, place: str = "") -> tuple[str, bool]:
        """The name of a kind of credential's place, empty where no way takes it, and whether each way takes one."""
        mine = [
            [it for it in way.values() if it["type"] == kind and place in ("", it.get("in"))] for way in self.security
        ]
        found = [it.get("name", it.get("scheme", "")) for way in mine for it in way]
        return (found[0] if found else ""), bool(self.security) and all(mine)

    @functools.cached_property
    def refusals(self) -> frozenset[int]:
        """The statuses that refuse an invalid request: the documented ones of 400 and 422, else both."""
        return frozenset({400, 422} & self.statuses.keys()) or frozenset({400, 422})

    @functools.cached_property
    def echoes(self) -> tuple[tuple[Field, Field], ...]:
        """The request's and the answer's properties that mean the same, by `x-echoes`."""
        sent = {field.name: field for field in self.request_fields if len(field.path) == 1}
        pairs = [(sent.get(field.schema.get("x-echoes", "")), field) for field in self.response_fields]
        return tuple((request, answer) for request, answer in pairs if request is not None)

    @functools.cached_property
    def unique(self) -> tuple[str, ...]:
        """The answer's properties of which no two creations have the same value, by `x-unique`."""
        tops = (field for field in self.response_fields if len(field.path) == 1 and self.method == "POST")
        # What a caller chooses may be the same twice.
        return tuple(it.name for it in tops if it.schema.get("x-unique") and it.name not in self.request_names)

    @functools.cached_property
    def optional(self) -> frozenset[str]:
        """The request's optional top-level properties, which an answer may leave out where they are not set."""
        return frozenset(it.name for it in self.request_fields if len(it.path) == 1 and not it.required)

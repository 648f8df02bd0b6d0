"""Extract the facts of the owners' documentation page, and list what changed in them.

``python -m contract_tests.documentation.facts PAGE`` reads a copy of the page, writes its facts to
documented_facts.json and prints what differs from the facts that were there: ``+`` for a new one, ``-`` for one that is
gone, ``~`` for one that is stated differently. A fact is a name, a type, a bound or a number; the page's sentences are
never kept. A page that cannot be read is refused with one line, and the JSON stays as it is.

Facts are a flat mapping of places: ``operation``, ``header.NAME``, ``requestBody``, ``request`` with its properties
(``request.access.groupAccess[].groupID``), ``status.CODE`` with ``status.CODE.body``, and ``response`` with its
properties, which is the body of the first 2xx. Each place has its JSON Schema keywords, ``required`` where it is, and
``line``, the line of the page where it first stands.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FACTS = Path(__file__).parents[1] / "luminus_zoom_contract/spec/documented_facts.json"
HEADINGS = ("Request headers", "Request body", "Responses", "Code samples")
NOT_FACTS = {"title", "description", "example", "examples", "summary", "properties", "required", "items"}
TYPES = {"string", "integer", "number", "boolean", "object", "array", "null"}

# Non-strict: a page saved with wrapped lines has line breaks inside its JSON strings.
DECODER = json.JSONDecoder(strict=False)
HEADER = re.compile(r"^\s*[•*·-]([^•]*?)\b(string|integer|number|boolean)\b", re.MULTILINE)
STATUS = re.compile(r"^[ \t]*([1-5]\d\d)[ \t]+[A-Z][\w' -]*$", re.MULTILINE)
CURL = re.compile(r'\bcurl\b[^"]*?-X\s+([A-Z]+)[\s\\^]+"([^"?]+)"((?:[\s\\^]+-H\s+"[^"]+")*)')
CURL_HEADER = re.compile(r'-H\s+"([^":]+):\s*([^"]*)"')

Schema = Mapping[str, Any]
Fact = dict[str, Any]
Facts = dict[str, Fact]
Span = tuple[int, int]
Difference = tuple[Fact | None, Fact | None]


class PageError(ValueError):
    """The page is not what this tool can read; the message says what is wrong, and in which line."""


def unwrapped(schema: Schema) -> Schema:
    """Dissolve an allOf, anyOf or oneOf of a single member, which says no more than the member itself."""
    for keyword in ("allOf", "anyOf", "oneOf"):
        if len(schema.get(keyword, ())) == 1:
            outer = {key: value for key, value in schema.items() if key != keyword}
            return unwrapped({**schema[keyword][0], **outer})
    return schema


def keywords(node: Any) -> Any:
    """Return what a schema says of a value itself: no prose, no extensions, nothing of its properties and items."""
    if isinstance(node, list):
        return [keywords(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: keywords(value) for key, value in node.items() if key not in NOT_FACTS and not key.startswith("x-")}


def schema_facts(schema: Schema, place: str, *, required: bool = False) -> Iterator[tuple[str, Fact]]:
    """Yield the fact of a schema, then those of its properties and items, in the order of the page."""
    schema = unwrapped(schema)
    yield place, keywords(dict(schema)) | ({"required": True} if required else {})
    for name, child in schema.get("properties", {}).items():
        yield from schema_facts(child, f"{place}.{name}", required=name in schema.get("required", ()))
    if "items" in schema:
        yield from schema_facts(schema["items"], f"{place}[]")


def differences(old: Facts, new: Facts) -> dict[str, Difference]:
    """Return each place where two sets of facts disagree, with the keywords that differ: (old, new).

    None stands for a place that one of the two does not have. The lines of the page are not compared.
    """
    found: dict[str, Difference] = {}
    for place in new | old:
        before, after = old.get(place), new.get(place)
        same = {"line"}
        if before is not None and after is not None:
            same |= {key for key in before.keys() & after.keys() if before[key] == after[key]}
        pair = _without(before, same), _without(after, same)
        if pair != ({}, {}):
            found[place] = pair
    return found


def _without(fact: Fact | None, names: set[str]) -> Fact | None:
    return None if fact is None else {key: value for key, value in fact.items() if key not in names}


def change(place: str, before: Fact | None, after: Fact | None) -> str:
    """Tell one difference in one line."""
    if after is None:
        return f"- {place}"
    if before is None:
        names = sorted(after, key=lambda key: key != "type")
        return f"+ {place}: " + ", ".join(f"{key} {_shown(after, key)}".removeprefix("type ") for key in names)
    names = sorted(before | after)
    return f"~ {place}: " + ", ".join(f"{key} {_shown(before, key)} -> {_shown(after, key)}" for key in names)


def _shown(fact: Fact, key: str) -> str:
    value = fact.get(key, "absent")
    return value if isinstance(value, str) else json.dumps(value)


def changes(old: Facts, new: Facts) -> list[str]:
    """Tell all differences, a line each: those of the new facts in their order, then what is gone."""
    return [change(place, *pair) for place, pair in differences(old, new).items()]


def line_at(text: str, offset: int) -> int:
    """Return the number of the line in which an offset lies, counted from 1."""
    return text.count("\n", 0, offset) + 1


def sections(text: str) -> dict[str, Span]:
    """Return where each section of the page begins and ends, as offsets."""
    starts = [0]
    for heading in HEADINGS:
        found = re.compile(rf"^[ \t]*{heading}[ \t]*$", re.MULTILINE).search(text, starts[-1])
        if not found:
            raise PageError(f'the page has no section "{heading}" below line {line_at(text, starts[-1])}')
        starts.append(found.end())
    return dict(zip(HEADINGS, zip(starts[1:], [*starts[2:], len(text)], strict=True), strict=True))


def json_objects(text: str, span: Span) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the JSON objects in a part of the page, each with its offset."""
    offset, end = span
    while (offset := text.find("{", offset, end)) >= 0:
        try:
            value, after = DECODER.raw_decode(text, offset)
        except json.JSONDecodeError as error:
            begin = line_at(text, offset)
            raise PageError(f"the JSON from line {begin} on is broken in line {error.lineno}: {error.msg}") from None
        yield offset, value
        offset = after


def schema_copies(text: str, span: Span, place: str) -> tuple[int, Facts]:
    """Return how often a schema stands in a part of the page, and its facts.

    The page repeats a schema for each media type, mostly with a sample of its values in between. All copies must state
    the same facts.
    """
    found = [(offset, value) for offset, value in json_objects(text, span) if _is_schema(value)]
    copies = [(offset, dict(schema_facts(value, place))) for offset, value in found]
    if not copies:
        return 0, {}
    first, facts = copies[0]
    for other, its_facts in copies[1:]:
        if told := changes(facts, its_facts):
            lines = f"lines {line_at(text, first)} and {line_at(text, other)}"
            raise PageError(f"two copies of one schema differ, from {lines} on: {'; '.join(told)}")
    _add_lines(facts, text, first)
    return len(copies), facts


def _is_schema(value: Schema) -> bool:
    # A sample has property names for keys, so it can have a "type" of its own, but hardly one that types need.
    inner = unwrapped(value)
    return str(inner.get("type")) in TYPES and (inner["type"] != "object" or isinstance(inner.get("properties"), dict))


def _add_lines(facts: Facts, text: str, offset: int) -> None:
    # json gives no positions. Facts come in the page's order, so each key is sought behind the one before it.
    for number, (place, fact) in enumerate(facts.items()):
        key = "items" if place.endswith("[]") else place.rpartition(".")[2]
        if number and (found := re.compile(rf'"{re.escape(key)}"\s*:\s*\{{').search(text, offset)):
            offset = found.end()
        fact["line"] = line_at(text, offset)


def sample_facts(text: str, span: Span) -> tuple[Fact, dict[str, str]]:
    """Return the operation's method and URL, and the headers that are sent, from the curl sample."""
    found = CURL.search(text, *span)
    if not found:
        raise PageError("the code samples have no curl command with a method and a URL")
    method, url, headers = found.groups()
    return {"method": method, "url": url, "line": line_at(text, found.start(2))}, dict(CURL_HEADER.findall(headers))


def header_facts(text: str, span: Span, names: Sequence[str]) -> Facts:
    """Return the request headers: described in one section, named, in the same order, in the samples only."""
    described = list(HEADER.finditer(text, *span))
    if len(described) != len(names):
        raise PageError(f"{len(described)} request headers are described, but the curl sample sends {len(names)}")
    return {
        f"header.{name}": {"type": found[2]}
        | ({} if "(optional)" in found[1] else {"required": True})
        | {"line": line_at(text, found.start(1))}
        for name, found in zip(names, described, strict=True)
    }


def status_facts(text: str, span: Span) -> Facts:
    """Return the statuses, how often each shows its body's schema, and the bodies; the first 2xx's is ``response``."""
    headings = list(STATUS.finditer(text, *span))
    success = next((heading for heading in headings if heading[1].startswith("2")), None)
    facts: Facts = {}
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        end = following.start() if following else span[1]
        place = "response" if heading is success else f"status.{heading[1]}.body"
        count, body = schema_copies(text, (heading.end(), end), place)
        facts[f"status.{heading[1]}"] = {"representations": count, "line": line_at(text, heading.start(1))}
        facts |= body
    if "response" not in facts:
        raise PageError('the section "Responses" shows no schema for a 2xx')
    return facts


def page_facts(text: str) -> Facts:
    """Return all facts of a page.

    Errors:
        PageError: a section is missing, a piece of JSON is broken, or copies of a schema differ.
    """
    text = text.replace("\u00a0", " ")
    spans = sections(text)
    operation, headers = sample_facts(text, spans["Code samples"])
    count, request = schema_copies(text, spans["Request body"], "request")
    if not count:
        raise PageError('the section "Request body" shows no schema')
    media_types = [value for name, value in headers.items() if name.lower() == "content-type"]
    body = {"representations": count, "mediaTypes": media_types, "line": line_at(text, spans["Request body"][0])}
    return {
        "operation": operation,
        **header_facts(text, spans["Request headers"], list(headers)),
        "requestBody": body,
        **request,
        **status_facts(text, spans["Responses"]),
    }


def serialised(facts: Facts) -> str:
    """Return facts as JSON with one line for each, which a diff shows well."""
    rows = (f"  {json.dumps(place)}: {json.dumps(fact, sort_keys=True)}" for place, fact in facts.items())
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; see the module's text."""
    parser = argparse.ArgumentParser(description="List what changed on the documentation page, and keep its facts.")
    parser.add_argument("page", type=Path, help="the page, saved as text")
    parser.add_argument("--facts", type=Path, default=FACTS, help="the JSON file that is compared and written")
    options = parser.parse_args(arguments)
    try:
        facts = page_facts(options.page.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        sys.exit(f"{options.page}: {error}; the facts stay as they are")
    known = json.loads(options.facts.read_text(encoding="utf-8")) if options.facts.exists() else {}
    options.facts.write_text(serialised(facts), encoding="utf-8")
    print("\n".join(changes(known, facts)) or "no change")


if __name__ == "__main__":
    main()

"""Bytes: JSON that is none, the same JSON in other spellings, and JSON that readers stumble over."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from luminus_zoom_contract.cases.case import Case, Maker, Raw, encode
from luminus_zoom_contract.spec.operations import Field, Judgement

_DEEP: Final = (600, 20_000)
_SURE_DEPTH: Final = 24
"""Levels that any reader takes."""
_SIZES: Final = (20_000, 70_000, 300_000)
_NO_VALUES: Final = (
    "[1,]", "[,1]", '{"a":1,}', "[1", "[1 /* one */, 2]", "True", "FALSE", "None", "yes", "undefined", "NaN", "-NaN",
    "Infinity", "0x5A", "0o17", ".5", "1_0", "1,000", "'x'", "", "new Date(0)", "\uff19\uff10",
)  # fmt: skip
"""What is no JSON value: a lenient reader would read it, or pass over it in a member that it does not know."""
_NO_NUMBERS: Final = ("0{}", "+{}", "--{}", "{}.", "{}e", "{}L")
"""What is none either, with a legal number where the braces are."""
_ENCODINGS: Final = {
    "with a lone continuation byte": b"\x80",
    "with an overlong slash": b"\xc0\xaf",
    "with an overlong letter": b"\xc1\x81",
    "with two surrogates in UTF-8": b"\xed\xa0\xbc\xed\xbe\x89",
    "with a surrogate in UTF-8": b"\xed\xa0\x80",
    "with a cut sequence": b"\xe8\xaf",
    "with byte FF": b"\xff",
    "beyond the last code point": b"\xf4\x90\x80\x80",
}
"""Bytes that are no UTF-8."""
_NAMES: Final = ("$type", "$ref", "__proto__", "constructor", "", "\\u0000", "a" * 10_000)
"""Names of members that some readers take for more than names."""
_NOTES: Final[tuple[Any, ...]] = (None, 1, True, [], {}, "x", 1.5, [1, {"a": None}], list(range(1000)), -1e-300, 2**70)
_ESCAPES: Final = (
    "\\'", "\\a", "\\0", "\\e", "\\ ", "\\U0001f389", "\\u{1f389}", "\\x6c", "\\u00g1", "\\u00", "\\u123 x", "\\061",
    "\\\n",
)  # fmt: skip
"""Escapes that JSON does not have."""


def syntax_cases(maker: Maker) -> Iterator[Case]:
    """All cases about how a body is written."""
    yield from _broken(maker)
    yield from _equivalent(maker)
    yield from _duplicates(maker)
    yield from _encodings(maker)
    yield from _robust(maker)
    yield from _large(maker)


def _broken(maker: Maker) -> Iterator[Case]:
    text = encode(maker.worded(f"lecture {maker.uuid()}"))
    for words, body in _no_json(text).items():
        yield maker.raw("json.syntax", f"a body with {words}", body)
    for escape in _ESCAPES:
        body = text.replace(b"lecture", b"lec%bture" % escape.encode())
        yield maker.raw("json.syntax", f"a body with the escape {escape!r}", body)
    for name in filter(None, (maker.number, maker.switch, "note")):
        written = encode({**maker.minimal(), name: Raw("@")})
        number = maker.exemplar((name,)) if name == maker.number else 7
        for literal in (*_NO_VALUES, *(form.format(number) for form in _NO_NUMBERS)):
            yield maker.raw("json.syntax", f"{name} written as {literal}", written.replace(b"@", literal.encode()))


_INSERTED: Final = (b",", b":", b"'", b"\\", b"#", b"x", b"\0", b"\xc2\xa0")
"""What belongs nowhere outside a text; each stands in one place in turn, or in every place."""


def edited_bodies(maker: Maker) -> Iterator[Case]:
    """A body with one sign of its syntax left out, doubled or put in where none belongs."""
    text = encode({**maker.minimal(), **({maker.switch: True} if maker.switch else {}), "note": [1, {"a": None}]})
    # Every sign outside the texts, and the quotes around them.
    signs = [place for place in range(len(text)) if text[place] in b'{}[],:"' and _is_outside(text, place)]
    for place in signs:
        yield _edit(maker, f"without byte {place + 1}", text[:place] + text[place + 1 :])
        yield _edit(maker, f"with byte {place + 1} twice", text[:place] + text[place : place + 1] + text[place:])
    for turn, place in enumerate(place for place in signs if text[place] != 0x22):
        for sign in _INSERTED if maker.thorough else _INSERTED[turn % len(_INSERTED) :][:1]:
            yield _edit(maker, f"with {sign!r} after byte {place + 1}", text[: place + 1] + sign + text[place + 1 :])


def _is_outside(text: bytes, place: int) -> bool:
    return text[place] == 0x22 or text[:place].count(b'"') % 2 == 0


def _edit(maker: Maker, words: str, body: bytes) -> Case:
    return maker.raw("json.syntax", f"a body {words}: …{body[-24:].decode('utf-8', 'replace')}", body)


def _no_json(text: bytes) -> dict[str, bytes]:
    """Bodies that are no JSON, most of them made of one that is, by what is wrong with them."""
    return {
        "nothing at all": b"",
        "blanks alone": b"  \n ",
        "a body cut in a text": text[:20],
        "only an opening brace": b"{",
        "semicolons": text.replace(b',"', b';"'),
        "single quotes": text.replace(b'"', b"'"),
        "single quotes around one text": text[:-1] + b",\"note\":'x'}",
        "backticks": re.sub(rb'"(\w+)":', rb"`\1`:", text, count=1),
        "a name without quotes": re.sub(rb'"(\w+)":', rb"\1:", text, count=1),
        "a number for a name": text[:-1] + b',1:"note"}',
        "a member without a value": text[:-1] + b',"note"}',
        "a line comment": b"// a comment\n" + text,
        "a line comment inside": text[:-1] + b"// x\n}",
        "a block comment": b"/* a comment */" + text,
        "a block comment inside": text[:-1] + b"/* x */}",
        "a hash comment": b"# a comment\n" + text,
        "trailing text": text + b" x",
        "two bodies": text + text,
        "two lines of JSON": text + b"\n" + text,
        "a vertical tab": b"\x0b" + text,
        "a form feed": text.replace(b",", b",\x0c", 1),
        "a no-break space": "\u00a0".encode() + text,
        "a byte-order mark inside": text.replace(b",", b",\xef\xbb\xbf", 1),
        "a line feed in a text": text.replace(b"lecture", b"lec\nture"),
        "a tab in a text": text.replace(b"lecture", b"lec\tture"),
        **{f"byte {byte:02x} at its end": text + bytes([byte]) for byte in (0x00, 0x01, 0x1A, 0x7F, 0x85)},
        "a form of all that is needed": urlencode(json.loads(text)).encode(),
        "XML": b"<a><b>CS1010</b></a>",
        "YAML": b"a: CS1010\nb: 90\n",
        "a URL-encoded body": text.replace(b'"', b"%22"),
        "base64": b"eyJuYW1lIjoieCJ9",
        "a guard before it": b")]}',\n" + text,
        "a callback around it": b"callback(" + text + b");",
        "a concatenation": text[:-1] + b',"note":"a"+"b"}',
        "record separators": b"\x1e" + text + b"\n",
    }


def _equivalent(maker: Maker) -> Iterator[Case]:
    minimal = maker.minimal()
    texts = {
        "with blanks around it": f" \r\n\t{json.dumps(minimal)} \r\n",
        "with blanks around its colons and commas": json.dumps(minimal, separators=(" , ", " : ")),
        "with 3,000 blanks before it": f"{' ' * 3000}{json.dumps(minimal)}",
        "with all that can be in it in reverse": json.dumps(_reversed(maker.whole(2))),
        "in indented lines": json.dumps(minimal, indent=4),
        "with CR LF and tabs": json.dumps(minimal, indent="\t").replace("\n", "\r\n"),
        "with its members sorted": json.dumps(minimal, sort_keys=True),
        "with escaped slashes": json.dumps(maker.worded("a/b/c")).replace("/", "\\/"),
    }
    for number, name in enumerate(("Größe 课 🎉", 'a/b \\ " \b\f\n\r\t', "\u2028 \ufeff \u00a0"), 1):
        texts[f"in ASCII escapes, {number}"] = json.dumps(maker.worded(name))
        texts[f"in upper-case escapes, {number}"] = _escaped(maker.worded(name))
    for words, text in texts.items():
        yield maker.raw("json.equivalent", f"a body {words}", text.encode())


def _reversed(body: Any) -> Any:
    """A value in whose objects, however deep, the members come in reverse."""
    if isinstance(body, dict):
        return {key: _reversed(value) for key, value in reversed(body.items())}
    return [_reversed(item) for item in body] if isinstance(body, list) else body


def _escaped(body: Any) -> str:
    """JSON in which every character of every text is an escape."""
    if isinstance(body, str):
        units = body.encode("utf-16-be")
        return '"' + "".join(f"\\u{units[i]:02X}{units[i + 1]:02X}" for i in range(0, len(units), 2)) + '"'
    if isinstance(body, dict):
        return "{" + ",".join(f"{_escaped(key)}:{_escaped(value)}" for key, value in body.items()) + "}"
    return json.dumps(body)


def _duplicates(maker: Maker) -> Iterator[Case]:
    """For most readers the last of two members counts; who follows the first accepts what ends in a breach."""
    for name, bad in ((maker.number, b"-1"), (maker.switch, b"1"), (maker.text, b"7")):
        if not name or maker.operation.judge({**maker.minimal(), name: json.loads(bad)}) is not Judgement.ILLEGAL:
            continue
        good = b"true" if name == maker.switch else encode(maker.exemplar((name,)))
        rest = encode({key: value for key, value in maker.minimal().items() if key != name} or {"note": 1})[1:]
        first, last = b'{"%s":%s,' % (name.encode(), good), b'{"%s":%s,' % (name.encode(), bad)
        request = maker.post(first[:-1] + b"," + last[1:] + rest)
        yield maker.case("json.duplicate-key", f"{name} twice, the last one wrong", request, maker.operation.refusals)
        yield maker.raw("json.robust", f"{name} twice, the first one wrong", last[:-1] + b"," + first[1:] + rest)
        yield maker.raw("json.robust", f"{name} twice, equal", first[:-1] + b"," + first[1:] + rest)
    for field in maker.operation.request_fields:
        if field.type == "integer" and len(field.path) > 1:
            twice = Raw(f'{maker.exemplar(field.path)},"{field.path[-1]}":1000000')
            request = maker.post(encode(maker.with_value(field.path, twice)))
            title = f"{field.name} twice, the last one wrong"
            yield maker.case("json.duplicate-key", title, request, maker.operation.refusals)


def _encodings(maker: Maker) -> Iterator[Case]:
    text = json.dumps({**maker.worded("Größe X"), "note": "ß X"}, ensure_ascii=False)
    utf8 = text.encode()
    bad = {words: utf8.replace(b"X", wrong) for words, wrong in _ENCODINGS.items()}
    codecs = ("latin-1", "utf-16", "utf-16-le", "utf-32")
    bad |= {f"in {codec}": text.encode(codec) for codec in codecs}
    for words, body in bad.items():
        yield maker.case("json.encoding", f"a body {words}", maker.post(body), maker.operation.refusals | {415})
    for codec in codecs[:2]:
        request = maker.post(text.encode(codec), media_type=f"application/json; charset={codec}")
        yield maker.case("json.robust", f"a body in {codec} that says so", request, maker.either | {415})
    yield maker.case("json.robust", "a body with a byte-order mark", maker.post(b"\xef\xbb\xbf" + utf8), maker.either)


def _robust(maker: Maker) -> Iterator[Case]:
    for escape in ("\\ud800", "\\udfff x", "x\\ud83c", "\\ude00\\ud83d"):
        body = encode(maker.worded("@@")).replace(b"@@", escape.encode())
        yield maker.raw("json.robust", f"a text with a lone surrogate {escape}", body)
    members = {
        **{f"{depth} lists in each other": f'"note":{"[" * depth}{"]" * depth}' for depth in _DEEP},
        **{f"{depth} objects in each other": '"note":' + '{"a":' * depth + "1" + "}" * depth for depth in _DEEP},
        **{f"an unknown number of {digits} digits": f'"note":{"9" * digits}' for digits in (400, 5000, 100_000)},
        **{f"an unknown number {number}": f'"note":{number}' for number in ("1e400", "1e999999999")},
        **{f"an unknown member named {name[:20]!r}": f'"{name}":{{"a":1}}' for name in _NAMES},
    }
    for words, member in members.items():
        body = encode(maker.minimal())[:-1] + b"," + member.encode() + b"}"
        yield maker.case("json.robust", words, maker.post(body), maker.either)
    for depth in _DEEP:
        title = f"nothing but {depth} opening brackets"
        yield maker.case("json.robust", title, maker.post(b"[" * depth), maker.operation.refusals)
    yield from _unknown_members(maker)


def _unknown_members(maker: Maker) -> Iterator[Case]:
    members: dict[str, dict[str, Any]] = {f"an unknown member {repr(note)[:40]}": {"note": note} for note in _NOTES}
    nested: Any = 1
    for depth in range(1, _SURE_DEPTH + 1):
        nested = {"a": nested} if depth % 2 else [nested]
        if depth % 6 == 0:
            members[f"an unknown member {depth} levels deep"] = {"note": nested}
    members["two thousand unknown members"] = {f"note{number}": number for number in range(2000)}
    for name, value in _foreign(maker).items():
        # Twice, so that an id that is taken over is there twice.
        for words in ("", ", again"):
            members[f"a member {name} that no request has{words}"] = {name: value}
    for title, more in members.items():
        yield maker.judged("request.unknown-member", title, {**maker.minimal(), **more})


def _foreign(maker: Maker) -> dict[str, Any]:
    """Members of other places: the answer's, which a server sets itself, and those of inner objects."""
    known = {field.name for field in maker.tops}
    posted: dict[str, Any] = {"note": "x", "naïve": 1, "课 🎉": [True]}
    for field in maker.operation.response_fields:
        if len(field.path) == 1 and field.name not in known:
            posted[field.name] = _plausible(maker, field)
    for field in maker.operation.request_fields:
        if len(field.path) > 1 and field.path[-1] != "[]":
            posted.setdefault(field.path[-1], maker.exemplar(field.path))
    return posted


def _plausible(maker: Maker, field: Field) -> Any:
    """A value that a property of the answer might have, and will not by chance."""
    kind = field.schema.get("format", field.type)
    values = {"boolean": True, "integer": 45, "int32": 45, "date-time": "2031-02-03T04:05:06+08:00"}
    return values.get(kind, maker.uuid() if kind == "uuid" else f"posted {maker.uuid()}")


def _large(maker: Maker) -> Iterator[Case]:
    free = [field.name for field in maker.tops if field.is_free_text and "maxLength" not in field.schema]
    for size in _SIZES:
        for name in (*free, "note"):
            body = {**maker.minimal(), name: "long text " * (size // 10)}
            yield maker.judged("request.large", f"{name} of {size} characters", body)
        padded = encode(maker.minimal()) + b" " * size
        yield maker.raw("request.large", f"a body with {size} blanks after it", padded)
    lists = [field for field in maker.operation.request_fields if field.type == "array"]
    for field in (it for it in lists if not {"maxItems", "uniqueItems"} & it.schema.keys() and "items" in it.schema):
        for items in (200, 2000):
            body = maker.with_value(field.path, [maker.exemplar((*field.path, "[]")) for _ in range(items)])
            yield maker.judged("request.large", f"{items} items in {field.name}", body)

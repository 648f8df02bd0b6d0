"""Bytes: JSON that is none, the same JSON in other spellings, and JSON that readers stumble over."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from luminus_zoom_contract.cases.case import Case, Maker, Raw, encode
from luminus_zoom_contract.cases.sequences import whole
from luminus_zoom_contract.spec.operations import Field, Judgement

_DEEP: Final = (10, 600, 20_000)
_SURE_DEPTH: Final = 24
"""Levels that any reader takes."""
_SIZES: Final = (20_000, 70_000, 300_000)


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
    if maker.number:
        number = encode(maker.exemplar((maker.number,)))
        written = encode({**maker.minimal(), maker.number: Raw("@")})
        for words, literal in _no_numbers(number).items():
            body = written.replace(b"@", literal)
            yield maker.raw("json.syntax", f"{maker.number} written with {words}", body)
    for words, literal in _no_values().items():
        yield maker.raw("json.syntax", f"{words} in an unknown member", text[:-1] + b',"note":' + literal + b"}")
    for value in (b"True", b"TRUE", b"undefined", b"yes", b"'x'"):
        name = maker.switch or "note"
        yield maker.raw("json.syntax", f"{name} as {value.decode()}", text[:-1] + b',"%s":%s}' % (name.encode(), value))


def edited_bodies(maker: Maker) -> Iterator[Case]:
    """A body with one sign of its syntax left out, doubled or put in where none belongs."""
    text = encode({**maker.minimal(), **({maker.switch: True} if maker.switch else {}), "note": [1, {"a": None}]})
    # Every sign outside the texts, and the quotes around them.
    signs = [place for place in range(len(text)) if text[place] in b'{}[],:"' and _is_outside(text, place)]
    for place in signs:
        yield _edit(maker, f"without byte {place + 1}", text[:place] + text[place + 1 :])
        yield _edit(maker, f"with byte {place + 1} twice", text[:place] + text[place : place + 1] + text[place:])
    for place in (place for place in signs if text[place] != 0x22):
        for sign in (b",", b":", b"'", b"\\", b"#", b"x", b"\0", b"\xc2\xa0"):
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
        "a body cut short": text[:-1],
        "a body cut in a text": text[:20],
        "only an opening brace": b"{",
        "a trailing comma": text[:-1] + b",}",
        "a leading comma": b"{," + text[1:-1] + b"}",
        "two commas": text.replace(b",", b",,", 1),
        "a missing comma": text.replace(b',"', b' "', 1),
        "a missing colon": text.replace(b":", b" ", 1),
        "an equals sign": text.replace(b":", b"=", 1),
        "semicolons": text.replace(b',"', b';"'),
        "single quotes": text.replace(b'"', b"'"),
        "a name without quotes": re.sub(rb'"(\w+)":', rb"\1:", text, count=1),
        "a line comment": b"// a comment\n" + text,
        "a line comment inside": text[:-1] + b"// x\n}",
        "a block comment": b"/* a comment */" + text,
        "a block comment inside": text[:-1] + b"/* x */}",
        "a hash comment": b"# a comment\n" + text,
        "trailing text": text + b" x",
        "a trailing brace": text + b"}",
        "two bodies": text + text,
        "two lines of JSON": text + b"\n" + text,
        "an open list": b"[" + text,
        "a bracket for a brace": text[:-1] + b"]",
        "a NUL at the end": text + b"\0",
        "a NUL inside": text[:-1] + b"\0}",
        "a vertical tab": b"\x0b" + text,
        "a no-break space": "\u00a0".encode() + text,
        "a line feed in a text": text.replace(b"lecture", b"lec\nture"),
        "a tab in a text": text.replace(b"lecture", b"lec\tture"),
        "an unknown escape": text.replace(b"lecture", b"\\x6cecture"),
        **{
            f"the escape {escape}": text.replace(b"lecture", b"lec%bture" % escape.encode())
            for escape in ("\\'", "\\a", "\\v", "\\0", "\\e", "\\ ", "\\U0001f389", "\\u{1f389}", "\\N")
        },
        **{f"byte {byte:02x} at its end": text + bytes([byte]) for byte in (0x01, 0x04, 0x08, 0x1A, 0x7F, 0x85)},
        "a bad Unicode escape": text.replace(b"lecture", b"\\u00g1"),
        "a short Unicode escape": text.replace(b"lecture", b"\\u00"),
        "an unclosed text": text[:-1].rstrip(b'"0123456789') + b'"',
        "a form": b"a=CS1010&b=90",
        "a form of all that is needed": urlencode(json.loads(text)).encode(),
        "XML": b"<a><b>CS1010</b></a>",
        "YAML": b"a: CS1010\nb: 90\n",
        **_no_json_either(text),
    }


def _no_json_either(text: bytes) -> dict[str, bytes]:
    """More of them: what surrounds JSON elsewhere, and how other languages write it."""
    return {
        "a URL-encoded body": text.replace(b'"', b"%22"),
        "base64": b"eyJuYW1lIjoieCJ9",
        "the word undefined": b"undefined",
        "a semicolon at the end": text + b";",
        "a guard before it": b")]}',\n" + text,
        "a loop before it": b"while(1);" + text,
        "a callback around it": b"callback(" + text + b");",
        "parentheses around it": b"(" + text + b")",
        "an assignment": b"meeting=" + text,
        "a short escape of three digits": text.replace(b"lecture", b"\\u123 x"),
        "an octal escape": text.replace(b"lecture", b"\\061"),
        "an escaped line feed": text.replace(b"lecture", b"lec\\\nture"),
        "a form feed": text.replace(b",", b",\x0c", 1),
        "a byte-order mark inside": text.replace(b",", b",\xef\xbb\xbf", 1),
        "a member without a value": text[:-1] + b',"note"}',
        "a member without a name": text[:-1] + b',:"note"}',
        "a number for a name": text[:-1] + b',1:"note"}',
        "backticks": re.sub(rb'"(\w+)":', rb"`\1`:", text, count=1),
        "single quotes around one text": text[:-1] + b",\"note\":'x'}",
        "a concatenation": text[:-1] + b',"note":"a"+"b"}',
        "record separators": b"\x1e" + text + b"\n",
    }


def _no_values() -> dict[str, bytes]:
    """What is no JSON where an unknown member's value ought to be: a lenient reader would read or pass over it."""
    return {
        "a list with a trailing comma": b"[1,]",
        "a list with two commas": b"[1,,2]",
        "a list with a leading comma": b"[,1]",
        "an object with a trailing comma": b'{"a":1,}',
        "an open list": b"[1",
        "a commented list": b"[1 /* one */, 2]",
        "the word True": b"True",
        "the word FALSE": b"FALSE",
        "the word None": b"None",
        "the word NULL": b"NULL",
        "the word yes": b"yes",
        "a bare word": b"x",
        "NaN": b"NaN",
        "minus NaN": b"-NaN",
        "Infinity": b"Infinity",
        "minus Infinity": b"-Infinity",
        "a hex number": b"0x5A",
        "an octal number": b"0o17",
        "a number after zeros": b"007",
        "a plus sign": b"+1",
        "a point without digits before": b".5",
        "a point without digits after": b"5.",
        "a single quoted text": b"'x'",
        "a date": b"2035-01-18",
        "a function": b"new Date(0)",
    }


def _no_numbers(number: bytes) -> dict[str, bytes]:
    """What stands where a number ought to, and is none in JSON."""
    return {
        "NaN": b"NaN",
        "Infinity": b"Infinity",
        "minus Infinity": b"-Infinity",
        "nan": b"nan",
        "a leading zero": b"0" + number,
        "a plus sign": b"+" + number,
        "no digit before the point": b".5",
        "no digit after the point": number + b".",
        "no exponent": number + b"e",
        "a hex number": b"0x5A",
        "an underscore": number[:1] + b"_" + number[1:],
        "a long suffix": number + b"L",
        "Python's None": b"None",
        "Python's True": b"True",
        "undefined": b"undefined",
        "a missing value": b"",
        "two minus signs": b"--" + number,
        "a thousands comma": b"1,000",
        "full-width digits": "\uff19\uff10".encode(),
    }


def _equivalent(maker: Maker) -> Iterator[Case]:
    def case(words: str, text: str) -> Case:
        return maker.raw("json.equivalent", f"a body {words}", text.encode())

    yield case("with blanks around it", f" \r\n\t{json.dumps(maker.minimal())} \r\n")
    yield case("with blanks around its colons and commas", json.dumps(maker.minimal(), separators=(" , ", " : ")))
    yield case("with 3,000 blanks before it", f"{' ' * 3000}{json.dumps(maker.minimal())}")
    yield case("with all that can be in it in reverse", json.dumps(_reversed(whole(maker, items=2))))
    yield case("in indented lines", json.dumps(maker.minimal(), indent=4))
    yield case("with CR LF between members", json.dumps(maker.minimal(), indent=1).replace("\n", "\r\n"))
    yield case("with tabs", json.dumps(maker.minimal(), indent="\t"))
    yield case("with its members in reverse", json.dumps(dict(reversed(maker.minimal().items()))))
    yield case("with its members sorted", json.dumps(maker.minimal(), sort_keys=True))
    yield case("with escaped names", _escaped(maker.minimal()))
    for name in ("Größe 课 🎉", 'a/b \\ " \b\f\n\r\t', "\u2028 \ufeff \u00a0"):
        yield case("in ASCII escapes", json.dumps(maker.worded(name)))
        yield case("in upper-case escapes", _escaped(maker.worded(name)))
    yield case("with escaped slashes", json.dumps(maker.worded("a/b/c")).replace("/", "\\/"))


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
        both = first[:-1] + b"," + last[1:]
        title = f"{name} twice, the last one wrong"
        yield maker.case("json.duplicate-key", title, maker.post(both + rest), maker.operation.refusals)
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
    bad = {
        "in Latin-1": text.encode("latin-1"),
        "with a lone continuation byte": utf8.replace(b"X", b"\x80"),
        "with an overlong slash": utf8.replace(b"X", b"\xc0\xaf"),
        "with a surrogate in UTF-8": utf8.replace(b"X", b"\xed\xa0\x80"),
        "with a cut sequence": utf8.replace(b"X", b"\xe8\xaf"),
        "with byte FF": utf8.replace(b"X", b"\xff"),
        "beyond the last code point": utf8.replace(b"X", b"\xf4\x90\x80\x80"),
        "with an overlong letter": utf8.replace(b"X", b"\xc1\x81"),
        "with two surrogates in UTF-8": utf8.replace(b"X", b"\xed\xa0\xbc\xed\xbe\x89"),
        "in UTF-16": text.encode("utf-16"),
        "in UTF-16 without a mark": text.encode("utf-16-le"),
        "in big-endian UTF-16": b"\xfe\xff" + text.encode("utf-16-be"),
        "in UTF-32": text.encode("utf-32"),
        "in UTF-32 without a mark": text.encode("utf-32-le"),
        "in EBCDIC": text.replace("ß", "s").encode("cp500"),
    }
    for words, body in bad.items():
        yield maker.case("json.encoding", f"a body {words}", maker.post(body), maker.operation.refusals | {415})
    yield maker.raw("json.encoding", "a body in UTF-7", text.encode("utf-7"))
    for words, body, charset in (
        ("UTF-16", text.encode("utf-16"), "utf-16"),
        ("Latin-1", text.encode("latin-1"), "iso-8859-1"),
    ):
        request = maker.post(body, media_type=f"application/json; charset={charset}")
        yield maker.case("json.robust", f"a body in {words} that says so", request, maker.either | {415})
    yield maker.case("json.robust", "a body with a byte-order mark", maker.post(b"\xef\xbb\xbf" + utf8), maker.either)


def _robust(maker: Maker) -> Iterator[Case]:
    def odd(words: str, member: str) -> Case:
        body = encode(maker.minimal())[:-1] + b"," + member.encode() + b"}"
        return maker.case("json.robust", words, maker.post(body), maker.either)

    for escape in ("\\ud800", "\\udfff x", "x\\ud83c", "\\ude00\\ud83d"):
        body = encode(maker.worded("@@")).replace(b"@@", escape.encode())
        yield maker.raw("json.robust", f"a text with a lone surrogate {escape}", body)
    for depth in _DEEP:
        yield odd(f"{depth} lists in each other", f'"note":{"[" * depth}{"]" * depth}')
        yield odd(f"{depth} objects in each other", '"note":' + '{"a":' * depth + "1" + "}" * depth)
        title = f"nothing but {depth} opening brackets"
        yield maker.case("json.robust", title, maker.post(b"[" * depth), maker.operation.refusals)
    for digits in (400, 5000, 100_000):
        yield odd(f"an unknown number of {digits} digits", f'"note":{"9" * digits}')
    yield odd("an unknown number 1e400", '"note":1e400')
    yield odd("an unknown number with a huge exponent", '"note":1e999999999')
    for name in ("$type", "$ref", "$id", "__proto__", "constructor", "", "@odata.type", "\\u0000", "a" * 10_000):
        yield odd(f"an unknown member named {name[:20]!r}", f'"{name}":{{"a":1}}')
    yield from _foreign(maker)
    notes: list[Any] = [None, 1, True, [], {}, "x", 1.5, [1, {"a": None}], list(range(1000)), -1e-300, 2**70]
    for note in notes:
        title = f"an unknown member {repr(note)[:40]}"
        yield _unknown(maker, title, {**maker.minimal(), "note": note})
    nested: Any = 1
    for depth in range(1, _SURE_DEPTH + 1):
        nested = {"a": nested} if depth % 2 else [nested]
        if depth % 6 == 0:
            deep = {**maker.minimal(), "note": nested}
            yield _unknown(maker, f"an unknown member {depth} levels deep", deep)
    many = {f"note{number}": number for number in range(2000)}
    yield _unknown(maker, "two thousand unknown members", {**maker.minimal(), **many})


def _unknown(maker: Maker, title: str, body: Any) -> Case:
    return maker.judged("request.unknown-member", title, body)


def _foreign(maker: Maker) -> Iterator[Case]:
    """Members of other places: the answer's, which a server sets itself, and those of inner objects."""
    known = {field.name for field in maker.tops}
    posted: dict[str, Any] = {"note": "x", "naïve": 1, "课": "课", "🎉": [True]}
    for field in maker.operation.response_fields:
        if len(field.path) == 1 and field.name not in known:
            posted[field.name] = _plausible(maker, field)
    for field in maker.operation.request_fields:
        if len(field.path) > 1 and field.path[-1] != "[]":
            posted.setdefault(field.path[-1], maker.exemplar(field.path))
    for name, value in posted.items():
        # Twice, so that an id that is taken over is there twice.
        for words in ("", ", again"):
            body = {**maker.minimal(), name: value}
            yield _unknown(maker, f"a member {name} that no request has{words}", body)


def _plausible(maker: Maker, field: Field) -> Any:
    """A value that a property of the answer might have, and will not by chance."""
    match field.type, field.schema.get("format"):
        case "boolean", _:
            return True
        case "integer", _:
            return 45
        case _, "uuid":
            return maker.uuid()
        case _, "date-time":
            return "2031-02-03T04:05:06+08:00"
        case _:
            return f"posted {maker.uuid()}"


def _large(maker: Maker) -> Iterator[Case]:
    bounded = {"format", "maxLength", "enum", "pattern", "const"}
    free = [field.name for field in maker.tops if field.type == "string" and not bounded & field.schema.keys()]
    for size in _SIZES:
        for name in free:
            body = {**maker.minimal(), name: "long text " * (size // 10)}
            yield maker.judged("request.large", f"{name} of {size} characters", body)
        padded = encode(maker.minimal()) + b" " * size
        yield maker.raw("request.large", f"a body with {size} blanks after it", padded)
        yield maker.judged(
            "request.large", f"an unknown text of {size} characters", {**maker.minimal(), "note": "x" * size}
        )
    lists = [field for field in maker.operation.request_fields if field.type == "array"]
    for field in (it for it in lists if not {"maxItems", "uniqueItems"} & it.schema.keys() and "items" in it.schema):
        for items in (200, 2000):
            body = maker.with_value(field.path, [maker.exemplar((*field.path, "[]")) for _ in range(items)])
            yield maker.judged("request.large", f"{items} items in {field.name}", body)

"""Bodies at the level of bytes: what is no JSON and is read, what is JSON and is not, and what breaks the reader."""

from __future__ import annotations

import json
import re

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.verbs import *

_EXAMPLE = (
    b'{"moduleID":"0f8fad5b-d9cb-469f-a165-70867728950e","name":"x","startDate":"2027-01-18T10:00:00Z","duration":60}'
)
_WORDS = {b"True": b"true", b"False": b"false", b"None": b"null"}


def _of_body(test: Callable[[bytes], bool] | bytes) -> Test:
    """Calls pass whose body does, or has the pattern in it."""
    if isinstance(test, bytes):
        return lambda call: re.search(test, call.body) is not None
    return lambda call: test(call.body)


def _refuses(test: Callable[[bytes], bool] | bytes) -> Change:
    """A body that passes the test is refused as no JSON."""
    return refuses_if("json", _of_body(test))


def _crashes(test: Callable[[bytes], bool] | bytes) -> Change:
    return fails("json", _of_body(test))


def _too_large(limit: int, status: int) -> Change:
    return answers("media_type", lambda call: len(call.body) > limit, Answer(status, []))


def _rewrites(edit: Callable[[bytes], bytes] | bytes, to: bytes = b"") -> Change:
    """Every body is changed before it is read."""
    change = edit if callable(edit) else lambda raw: re.sub(edit, to, raw)
    return sets("body", lambda call: change(call.body), "json")


def _first_wins(raw: bytes) -> bytes:
    """Keep the first of members with one name."""
    try:
        return json.dumps(json.loads(raw, object_pairs_hook=lambda items: dict(reversed(items)))).encode()
    except (ValueError, RecursionError):
        return raw


def _first_document(raw: bytes) -> bytes:
    """Read the first JSON value and pass over the rest."""
    text = raw.decode("utf-8", "replace")
    try:
        return text[: json.JSONDecoder().raw_decode(text)[1]].encode()
    except (ValueError, RecursionError):
        return raw


def _closed(raw: bytes) -> bytes:
    """Add the brackets and quotes that are missing at the end."""
    for end in (b"}", b'"}', b"]}", b"}}", b"]}}", b"}]}}"):
        try:
            json.loads(raw + end)
        except (ValueError, RecursionError):
            continue
        return raw + end
    return raw


def _lone_surrogate(raw: bytes) -> bool:
    pairs = re.sub(rb"(?i)\\ud[89ab]..\\ud[c-f]..", b"", raw)
    return re.search(rb"(?i)(?<!\\)\\ud[89a-f]", pairs) is not None


def _is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _recoded(encoding: str, *marks: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw.decode(encoding, "replace").encode() if raw.startswith(marks) else raw


def _surrogates_joined(raw: bytes) -> bytes:
    if not re.search(rb"\xed[\xa0-\xbf]", raw):
        return raw
    return raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


DEFECTS: list[Defect] = of_kind(
    "bytes",
    ("json-utf-8-refused", "what is not ASCII is refused", _refuses(rb"[\x80-\xff]"),
        "request.alternativeHosts.accepts"),
    ("json-deep-unknown-refused", "more than eight levels in an unknown member are refused",
        _refuses(lambda raw: 8 < depth(raw) <= 24), "request.unknown-member"),
    "json.syntax",
    ("json-trailing-comma-lists", "a trailing comma in a list is passed over", repairs(rb",(\s*\])", rb"\1")),
    ("json-comment-block", "comments between /* and */ are passed over", repairs(rb"(?s)/\*.*?\*/", b"")),
    ("json-comment-line", "comments after // are passed over", repairs(rb"(?m)(?<!:)//[^\n]*$", b"")),
    ("json-nan", "NaN is read as null", repairs(rb"(:\s*)-?(?:NaN|Infinity)", rb"\1null")),
    ("json-single-quotes", "texts may stand in single quotes", repairs(rb"'", b'"')),
    ("json-bare-names", "names may stand without quotes", repairs(rb'([{,]\s*)([A-Za-z_]\w*)(\s*:)', rb'\1"\2"\3')),
    ("json-leading-zero", "a number may begin with a zero", repairs(rb"(:\s*)0+([1-9]\d*)", rb"\1\2")),
    ("json-plus", "a number may have a plus in front", repairs(rb"(:\s*)\+(\d)", rb"\1\2")),
    ("json-hexadecimal", "a number may be hexadecimal",
        repairs(rb"0[xX]([0-9a-fA-F]+)", lambda match: b"%d" % int(match[1], 16))),
    ("json-trailing-text", "what follows the body's value is passed over", repairs(_first_document)),
    ("json-cut-short", "a body that is cut short is completed", repairs(_closed)),
    ("json-python-words", "True, False and None are read as JSON's",
        repairs(rb"\b(?:True|False|None)\b", lambda match: _WORDS[match[0]])),
    ("json-raw-control", "control characters may stand in texts",
        repairs(rb"[\x00-\x1f]", lambda match: b"\\u%04x" % match[0][0])),
    ("json-raw-line-feed", "a line may break within a text", repairs(rb"\r?\n", rb"\\n")),
    ("json-unknown-escape", "an unknown escape stands for its letter", repairs(rb'\\([^"\\/bfnrtu])', rb"\1")),
    ("json-apostrophe-escape", "an apostrophe may be escaped", repairs(rb"\\'", b"'")),
    ("json-control-z", "a control-Z ends a body", repairs(rb"(?s)\x1a.*", b"")),
    ("json-hexadecimal-escape", "an escape may have two hexadecimal digits",
        repairs(rb"\\x([0-9a-fA-F]{2})", rb"\\u00\1")),
    ("json-short-unicode-escape", "a Unicode escape may have three digits",
        repairs(rb'\\u([0-9a-fA-F]{3})(?![0-9a-fA-F])', rb"\\u0\1")),
    ("json-other-white-space", "form feeds and no-break spaces count as white space",
        repairs(rb"[\x0b\x0c]|\xc2\xa0", b" ")),
    ("json-guard", "a guard against script inclusion is passed over", repairs(rb"^\)\]\}',?\s*", b"")),
    ("json-empty-default", "an empty body is read as an example", repairs(rb"^\s*$", _EXAMPLE)),
    "json.equivalent",
    ("json-white-space-refused", "white space around the body is refused", _refuses(rb"^\s|\s$")),
    ("json-pretty-refused", "a body on several lines is refused", _refuses(lambda raw: b"\n" in raw.strip())),
    ("json-order-required", "moduleID must come first", _refuses(rb'^\s*(\xef\xbb\xbf)?\s*\{\s*"(?!moduleID")')),
    ("json-escapes-refused", "Unicode escapes are refused", _refuses(rb"(?<!\\)\\u")),
    ("json-surrogate-pair-refused", "escaped surrogate pairs are refused", _refuses(rb"(?i)\\ud[89ab]..\\ud[c-f]")),
    "request.large",
    ("body-4-kilobytes", "a body of more than 4 kB is refused with 400", _refuses(rb"(?s).{4097}")),
    ("body-64-kilobytes", "a body of more than 64 kB is answered with 413", _too_large(65_536, 413)),
    ("body-cut-at-64-kilobytes", "a body is cut after 64 kB", _rewrites(rb"(?s)^(.{65536}).*", rb"\1")),
    "status.no-server-error",
    ("body-64-kilobytes-fails", "a body of more than 64 kB is answered with 500", _too_large(65_536, 500)),
    ("json-mark-fails", "a byte-order mark is answered with 500", _crashes(rb"^\xef\xbb\xbf")),
    ("json-empty-fails", "an empty body is answered with 500", _crashes(rb"^$")),
    ("json-not-utf-8-fails", "a body that is no UTF-8 is answered with 500", _crashes(lambda raw: not _is_utf_8(raw))),
    ("json-surrogate-fails", "a lone surrogate is answered with 500", _crashes(_lone_surrogate)),
    ("json-nesting-fails", "500 levels of nesting are answered with 500", _crashes(lambda raw: depth(raw) > 500)),
    ("json-long-number-fails", "a number of more than 300 digits is answered with 500", _crashes(rb"\d{300}")),
    ("json-nul-fails", "a NUL in a text is answered with 500", _crashes(rb"\\u0000")),
    ("json-null-fails", "a body that is null is answered with 500", _crashes(rb"^\s*null\s*$")),
    ("json-syntax-fails", "a body that is cut short is answered with 500",
        _crashes(lambda raw: raw.strip()[:1] == b"{" and raw.strip()[-1:] != b"}")),
    ("json-duplicate-fails", "a member that stands twice is answered with 500",
        _crashes(rb'(?s)"name"\s*:.*"name"\s*:')),
    ("json-empty-name-fails", "a member with an empty name is answered with 500", _crashes(rb'[{,]\s*""\s*:')),
    ("json-many-members-fails", "a thousand unknown members are answered with 500",
        _crashes(lambda raw: raw.count(b'":') > 1000)),
    "json.duplicate-key",
    ("json-first-duplicate-inside", "the first of roles with one name counts",
        _rewrites(rb'("accessRole":\d+),"accessRole":[^,}]+', rb"\1")),
    ("json-first-duplicate", "the first of members with one name counts", _rewrites(_first_wins)),
    "json.encoding",
    ("json-utf-16", "a body in UTF-16 is read", repairs(_recoded("utf-16", b"\xff\xfe", b"\xfe\xff"))),
    ("json-utf-32", "a body in UTF-32 is read", repairs(_recoded("utf-32", b"\xff\xfe\0\0", b"\0\0\xfe\xff"))),
    ("json-bytes-replaced", "what is no UTF-8 becomes a replacement character",
        repairs(lambda raw: raw.decode("utf-8", "replace").encode())),
    ("json-latin-1", "what is no UTF-8 is read as Latin-1",
        repairs(lambda raw: raw if _is_utf_8(raw) else raw.decode("latin-1").encode())),
    ("json-overlong", "overlong UTF-8 is read",
        repairs(rb"[\xc0\xc1][\x80-\xbf]", lambda match: bytes([(match[0][0] & 1) << 6 | match[0][1] & 63]))),
    ("json-encoded-surrogates", "surrogates that are encoded as UTF-8 are read", repairs(_surrogates_joined)),
    "echo.name",
    ("json-nul-cut", "a name is cut at an escaped NUL", _rewrites(rb'(?<!\\)\\u0000(?:[^"\\]|\\.)*"', b'"')),
    ("json-solidus-kept", "an escaped solidus keeps its backslash", _rewrites(rb"\\/", rb"\\\\/")),
)  # fmt: skip

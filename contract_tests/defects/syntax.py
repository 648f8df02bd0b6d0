"""Bodies at the level of bytes: what is no JSON and is read, what is JSON and is not, and what breaks the reader."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.levers import (
    Change,
    answers,
    before,
    depth,
    fails,
    reads_bytes,
    refusing,
)
from luminus_zoom_mock.exchange import Answer, Call

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp

_BOM = b"\xef\xbb\xbf"


def _sub(pattern: bytes, replacement: bytes) -> Change:
    return reads_bytes(lambda raw: re.sub(pattern, replacement, raw))


def _refuses(test: Callable[[bytes], bool]) -> Change:
    """A body that passes the test is refused as no JSON."""

    def change(app: MockApp) -> None:
        before("json", refusing(app, lambda call: test(call.body), {"": ["The request body is not valid JSON."]}))(app)

    return change


def _crashes(test: Callable[[bytes], bool]) -> Change:
    return fails("json", lambda call: test(call.body))


def _too_large(limit: int, status: int) -> Change:
    return answers("media_type", lambda call: len(call.body) > limit, lambda _: Answer(status, []))


def _rewrites(edit: Callable[[bytes], bytes]) -> Change:
    """Every body is changed before it is read."""

    def step(call: Call) -> None:
        call.body = edit(call.body)

    return before("json", step)


def _first_wins(raw: bytes) -> bytes:
    """Keep the first of members with one name."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(reversed(items))

    try:
        return json.dumps(json.loads(raw, object_pairs_hook=pairs)).encode()
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


def _python(raw: bytes) -> bytes:
    return re.sub(rb"\bTrue\b", b"true", re.sub(rb"\bFalse\b", b"false", re.sub(rb"\bNone\b", b"null", raw)))


def _lone_surrogate(raw: bytes) -> bool:
    pairs = re.sub(rb"(?i)\\ud[89ab]..\\ud[c-f]..", b"", raw)
    return re.search(rb"(?i)(?<!\\)\\ud[89a-f]", pairs) is not None


LENIENT = of_kind(
    "bytes",
    ("json-trailing-comma-lists", "a trailing comma in a list is passed over", _sub(rb",(\s*\])", rb"\1")),
    ("json-comment-block", "comments between /* and */ are passed over", _sub(rb"(?s)/\*.*?\*/", b"")),
    ("json-comment-line", "comments after // are passed over", _sub(rb"(?m)(?<!:)//[^\n]*$", b"")),
    ("json-nan", "NaN is read as null", _sub(rb"(:\s*)-?(?:NaN|Infinity)", rb"\1null")),
    ("json-single-quotes", "texts may stand in single quotes", _sub(rb"'", b'"')),
    ("json-bare-names", "names may stand without quotes", _sub(rb'([{,]\s*)([A-Za-z_]\w*)(\s*:)', rb'\1"\2"\3')),
    ("json-leading-zero", "a number may begin with a zero", _sub(rb"(:\s*)0+([1-9]\d*)", rb"\1\2")),
    ("json-plus", "a number may have a plus in front", _sub(rb"(:\s*)\+(\d)", rb"\1\2")),
    ("json-hexadecimal", "a number may be hexadecimal", reads_bytes(
        lambda raw: re.sub(rb"0[xX]([0-9a-fA-F]+)", lambda match: b"%d" % int(match[1], 16), raw))),
    ("json-trailing-text", "what follows the body's value is passed over", reads_bytes(_first_document)),
    ("json-cut-short", "a body that is cut short is completed", reads_bytes(_closed)),
    ("json-python-words", "True, False and None are read as JSON's", reads_bytes(_python)),
    ("json-raw-control", "control characters may stand in texts", reads_bytes(
        lambda raw: re.sub(rb"[\x00-\x1f]", lambda match: b"\\u%04x" % match[0][0], raw))),
    ("json-raw-line-feed", "a line may break within a text", _sub(rb"\r?\n", rb"\\n")),
    ("json-unknown-escape", "an unknown escape stands for its letter", _sub(rb'\\([^"\\/bfnrtu])', rb"\1")),
    ("json-apostrophe-escape", "an apostrophe may be escaped", _sub(rb"\\'", b"'")),
    ("json-control-z", "a control-Z ends a body", reads_bytes(lambda raw: raw.partition(b"\x1a")[0])),
    ("json-hexadecimal-escape", "an escape may have two hexadecimal digits", _sub(rb"\\x([0-9a-fA-F]{2})",
        rb"\\u00\1")),
    ("json-short-unicode-escape", "a Unicode escape may have three digits", _sub(
        rb'\\u([0-9a-fA-F]{3})(?![0-9a-fA-F])', rb"\\u0\1")),
    ("json-other-white-space", "form feeds and no-break spaces count as white space", reads_bytes(
        lambda raw: re.sub(rb"[\x0b\x0c]|\xc2\xa0", b" ", raw))),
    ("json-guard", "a guard against script inclusion is passed over", _sub(rb"^\)\]\}',?\s*", b"")),
    ("json-empty-default", "an empty body is read as an example", reads_bytes(lambda raw: raw if raw.strip() else (
        b'{"moduleID":"0f8fad5b-d9cb-469f-a165-70867728950e","name":"x","startDate":"2027-01-18T10:00:00Z","duration":60}'))),
    clause="json.syntax",
)  # fmt: skip


def _is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


STRICT = of_kind(
    "bytes",
    ("json-white-space-refused", "white space around the body is refused", _refuses(lambda raw: raw != raw.strip())),
    ("json-pretty-refused", "a body on several lines is refused", _refuses(lambda raw: b"\n" in raw.strip())),
    ("json-order-required", "moduleID must come first", _refuses(
        lambda raw: re.match(rb'\s*(\xef\xbb\xbf)?\s*\{\s*"', raw) is not None
        and re.match(rb'\s*(\xef\xbb\xbf)?\s*\{\s*"moduleID"', raw) is None)),
    ("json-escapes-refused", "Unicode escapes are refused", _refuses(
        lambda raw: re.search(rb"(?<!\\)\\u", raw) is not None)),
    ("json-surrogate-pair-refused", "escaped surrogate pairs are refused", _refuses(
        lambda raw: re.search(rb"(?i)\\ud[89ab]..\\ud[c-f]", raw) is not None)),
    ("json-utf-8-refused", "what is not ASCII is refused", _refuses(lambda raw: not raw.isascii())),
    ("json-deep-unknown-refused", "more than eight levels in an unknown member are refused", _refuses(
        lambda raw: 8 < depth(raw) <= 24)),
    ("body-4-kilobytes", "a body of more than 4 kB is refused with 400", _refuses(lambda raw: len(raw) > 4096)),
    ("body-64-kilobytes", "a body of more than 64 kB is answered with 413", _too_large(65_536, 413)),
    ("body-64-kilobytes-fails", "a body of more than 64 kB is answered with 500", _too_large(65_536, 500)),
    ("body-cut-at-64-kilobytes", "a body is cut after 64 kB", _rewrites(lambda raw: raw[:65_536])),
    clause="json.equivalent",
    clauses={
        "request.alternativeHosts.accepts": "json-utf-8-refused",
        "request.unknown-member": "json-deep-unknown-refused",
        "request.large": "body-4-kilobytes body-64-kilobytes body-cut-at-64-kilobytes",
        "status.no-server-error": "body-64-kilobytes-fails",
    },
)  # fmt: skip

FRAGILE = of_kind(
    "bytes",
    ("json-mark-fails", "a byte-order mark is answered with 500", _crashes(lambda raw: raw.startswith(_BOM))),
    ("json-empty-fails", "an empty body is answered with 500", _crashes(lambda raw: not raw)),
    ("json-not-utf-8-fails", "a body that is no UTF-8 is answered with 500", _crashes(lambda raw: not _is_utf_8(raw))),
    ("json-surrogate-fails", "a lone surrogate is answered with 500", _crashes(_lone_surrogate)),
    ("json-nesting-fails", "500 levels of nesting are answered with 500", _crashes(lambda raw: depth(raw) > 500)),
    ("json-long-number-fails", "a number of more than 300 digits is answered with 500", _crashes(
        lambda raw: re.search(rb"\d{300}", raw) is not None)),
    ("json-nul-fails", "a NUL in a text is answered with 500", _crashes(lambda raw: b"\\u0000" in raw)),
    ("json-null-fails", "a body that is null is answered with 500", _crashes(lambda raw: raw.strip() == b"null")),
    ("json-syntax-fails", "a body that is cut short is answered with 500", _crashes(
        lambda raw: raw.strip()[:1] == b"{" and raw.strip()[-1:] != b"}")),
    ("json-duplicate-fails", "a member that stands twice is answered with 500", _crashes(
        lambda raw: len(re.findall(rb'"name"\s*:', raw)) > 1)),
    ("json-empty-name-fails", "a member with an empty name is answered with 500", _crashes(
        lambda raw: re.search(rb'[{,]\s*""\s*:', raw) is not None)),
    ("json-many-members-fails", "a thousand unknown members are answered with 500", _crashes(
        lambda raw: raw.count(b'":') > 1000)),
    clause="status.no-server-error",
)  # fmt: skip

INFERRED = of_kind(
    "bytes",
    ("json-first-duplicate-inside", "the first of roles with one name counts", _rewrites(
        lambda raw: re.sub(rb'("accessRole":\d+),"accessRole":[^,}]+', rb"\1", raw))),
    ("json-first-duplicate", "the first of members with one name counts", _rewrites(_first_wins)),
    ("json-utf-16", "a body in UTF-16 is read", reads_bytes(
        lambda raw: raw.decode("utf-16", "replace").encode() if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw)),
    ("json-utf-32", "a body in UTF-32 is read", reads_bytes(
        lambda raw: raw.decode("utf-32", "replace").encode() if raw[:4] in (b"\xff\xfe\0\0",
            b"\0\0\xfe\xff") else raw)),
    ("json-bytes-replaced", "what is no UTF-8 becomes a replacement character", reads_bytes(
        lambda raw: raw.decode("utf-8", "replace").encode())),
    ("json-latin-1", "what is no UTF-8 is read as Latin-1", reads_bytes(
        lambda raw: raw if _is_utf_8(raw) else raw.decode("latin-1").encode())),
    ("json-overlong", "overlong UTF-8 is read", reads_bytes(lambda raw: re.sub(
        rb"[\xc0\xc1][\x80-\xbf]", lambda match: bytes([(match[0][0] & 1) << 6 | match[0][1] & 63]), raw))),
    ("json-encoded-surrogates", "surrogates that are encoded as UTF-8 are read", reads_bytes(
        lambda raw: raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode(
            "utf-16", "replace").encode() if re.search(rb"\xed[\xa0-\xbf]", raw) else raw)),
    severity="finding",
    clause="json.encoding",
    clauses={
        "json.duplicate-key": "json-first-duplicate-inside json-first-duplicate",
    },
)  # fmt: skip

CHANGED = of_kind(
    "bytes",
    ("json-nul-cut", "a name is cut at an escaped NUL", _rewrites(
        lambda raw: re.sub(rb'(?<!\\)\\u0000(?:[^"\\]|\\.)*"', b'"', raw))),
    ("json-solidus-kept", "an escaped solidus keeps its backslash", _rewrites(lambda raw: raw.replace(b"\\/",
        b"\\\\/"))),
    clause="echo.name",
)  # fmt: skip

DEFECTS: list[Defect] = [*LENIENT, *STRICT, *FRAGILE, *INFERRED, *CHANGED]

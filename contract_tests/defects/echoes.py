"""Answers that do not match their request: values cut, changed, ignored or taken from a neighbour, and Unicode."""

# ruff: noqa: RUF001 - that they look like others is what these characters are here for

from __future__ import annotations

import html
import unicodedata
from typing import Literal
from urllib.parse import unquote
from uuid import UUID

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.verbs import *


def _name(edit: Edit, to: str = "") -> Change:
    """The name is kept changed, and so is the topic, as in a server that changes it when it reads it."""
    return both(shows("name", edit, to), shows("topic", edit, to))


def _hosts(edit: Callable[[list[str]], list[str]]) -> Change:
    return shows("alternativeHosts", lambda it: ",".join(edit(it.split(","))))


def _negated(flag: str) -> Change:
    return makes(flag, lambda draft: not draft.request.get(flag, True))


def _drops(*categories: str) -> Callable[[str], str]:
    """Drop the characters of these Unicode categories."""
    return lambda it: "".join(c for c in it if unicodedata.category(c) not in categories)


def _normalised(form: Literal["NFC", "NFD"]) -> Callable[[str], str]:
    return lambda it: unicodedata.normalize(form, it)


def _utf_16(it: str, units: int) -> str:
    return it.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore")


def _plain(it: str) -> str:
    return _drops("Mn")(unicodedata.normalize("NFD", it))


def _cesu_8(raw: bytes) -> bytes:
    units = raw.decode().encode("utf-16-be")
    pairs = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return b"".join(chr(unit).encode("utf-8", "surrogatepass") for unit in pairs)


def _mojibake(it: str) -> str:
    return it.encode("utf-8", "surrogatepass").decode("latin-1")


ECHO = of_kind(
    "echo",
    ("negated-exportMultimediaWeb", "exportMultimediaWeb is negated", _negated("exportMultimediaWeb"),
        "echo.exportMultimediaWeb"),
    ("export-publish-swapped", "exportMultimediaWeb and publishMutimediaChannel are swapped",
        swaps("exportMultimediaWeb", "publishMutimediaChannel"), "echo.publishMutimediaChannel"),
    ("authentication-1", "authenticationOpt is always 1", shows("authenticationOpt", lambda _: 1),
        "echo.authenticationOpt"),
    ("channel-is-lesson", "channelID is the lesson's where there is one", takes("channelID", "lessonID", "channelID"),
        "echo.channelID"),
    ("channel-name-lost", "channelName is lost", always("channelName", None), "echo.channelName"),
    ("hosts-lost", "alternativeHosts is lost", always("alternativeHosts", None), "echo.alternativeHosts"),
    *((f"ignored-{it}", f"{it} is ignored", always(it, False), f"echo.{it}") for it in FLAGS),
    "echo.name",
    ("name-cut-at-199", "a name is cut after 199 characters", _name(lambda it: it[:199])),
    ("name-elided", "a name of more than 100 characters ends in three dots",
        _name(lambda it: it if len(it) <= 100 else f"{it[:97]}...")),
    ("name-trimmed", "a name loses its outer white space", _name(str.strip)),
    ("name-right-trimmed", "a name loses its last spaces", _name(r" +\Z", "")),
    ("name-spaces-collapsed", "several spaces in a name become one", _name(" +", " ")),
    ("name-escaped", "a name is escaped for HTML", _name(html.escape)),
    ("name-unescaped", "HTML entities in a name are resolved", _name(html.unescape)),
    ("name-tags-stripped", "a name loses what looks like markup", _name("<[^>]*>", "")),
    ("name-apostrophe-doubled", "an apostrophe in a name is doubled", _name("'", "''")),
    ("name-backslash-lost", "a backslash in a name is lost", _name(r"\\", "")),
    ("name-plus-is-space", "a plus in a name becomes a space", _name(r"\+", " ")),
    ("name-percent-decoded", "percent signs in a name are decoded", _name(unquote)),
    ("name-cut-at-semicolon", "a name is cut at a semicolon", _name("(?s);.*", "")),
    ("name-path", "a name with a slash loses what is before it", _name("(?s).*/", "")),
    ("name-line-breaks-lost", "line breaks in a name become spaces", _name(lambda it: " ".join(it.splitlines()))),
    ("name-tabs-expanded", "tabs in a name become spaces", _name(r"\t", "    ")),
    ("name-control-lost", "control characters in a name are lost", _name(_drops("Cc"))),
    ("name-masked", "words of a name that logs mask are masked", _name(r"(?i)(password|secret|token)\S*", "***")),
    ("name-lower-case", "a name is in lower case", _name(str.lower)),
    ("name-zeros-lost", "a name of digits loses its first zeros",
        _name(lambda it: str(int(it)) if it.isascii() and it.isdigit() else it)),
    ("name-null-word", "a name that is the word null is lost", _name(r"(?i)^null\Z", "")),
    ("name-formatted", "braces in a name are taken for places to fill", _name(r"\{\d*\}", "")),
    ("name-formula-guarded", "a name that begins like a formula gets an apostrophe", _name("^(?=[-=+@])", "'")),
    ("name-default-when-empty", "an empty name becomes a default", _name(lambda it: it or "Untitled")),
    ("name-fixed", "every meeting has the same name", both(always("name", "Meeting"), always("topic", "Meeting"))),
    ("name-is-channel-name", "the name is the channel's where there is one", takes("name", "channelName", "name")),
    "echo.muteUponEntry",
    ("negated-muteUponEntry", "muteUponEntry is negated", _negated("muteUponEntry")),
    ("mute-with-authentication", "muteUponEntry is true with meetingAuthentication as well",
        derives("muteUponEntry", lambda it: it["muteUponEntry"] or it["meetingAuthentication"])),
    "echo.recordType",
    ("record-type-less-1", "recordType is off by one", shows("recordType", lambda it: max(it - 1, 0))),
    ("record-type-swapped", "cloud and local recording are swapped", shows("recordType", lambda it: (0, 2, 1)[it])),
    ("authentication-is-record-type", "authenticationOpt and recordType are swapped",
        swaps("authenticationOpt", "recordType")),
    "echo.meetingType",
    ("meeting-type-is-record-type", "meetingType is recordType where there is one",
        takes("meetingType", "recordType", "meetingType")),
    ("meeting-type-zero-based", "meetingType counts from zero", shows("meetingType", lambda it: it - 1)),
    "echo.moduleID",
    ("module-is-lesson", "moduleID is the lesson's where there is one", takes("moduleID", "lessonID", "moduleID")),
    ("module-bytes-swapped", "moduleID is read with .NET's byte order",
        shows("moduleID", lambda it: str(UUID(bytes=UUID(it).bytes_le)))),
    "echo.channelName",
    ("channel-name-is-name", "channelName is the meeting's name",
        meeting(lambda it, _: it | {"channelName": it["name"]} if "channelName" in it else it)),
    ("channel-name-empty-lost", "an empty channelName is made the meeting's name",
        meeting(lambda it, _: it | {"channelName": it["name"]} if it.get("channelName") == "" else it)),
    "echo.alternativeHosts",
    ("hosts-semicolons", "alternativeHosts is separated by semicolons", shows("alternativeHosts", ",", ";")),
    ("hosts-spaced", "alternativeHosts gets spaces after its commas", shows("alternativeHosts", ",", ", ")),
    ("hosts-first", "only the first alternative host is kept", _hosts(lambda it: it[:1])),
    ("hosts-last-lost", "the last of several alternative hosts is lost", _hosts(lambda it: it[:-1] or it)),
    ("hosts-sorted", "alternative hosts are sorted", _hosts(sorted)),
    ("hosts-at-most-5", "no more than five alternative hosts are kept", _hosts(lambda it: it[:5])),
    ("hosts-addresses-only", "alternative hosts that are no addresses are lost",
        _hosts(lambda it: [host for host in it if "@" in host])),
    ("hosts-plus-lost", "a host's address loses what is after a plus", shows("alternativeHosts", r"\+[^@,]*@", "@")),
    "echo.meetingDuration",
    ("duration-whole-hours", "meetingDuration is rounded up to whole hours",
        shows("meetingDuration", lambda it: -(-it // 60) * 60)),
    ("duration-at-most-a-day", "meetingDuration is at most a day", shows("meetingDuration", lambda it: min(it, 1440))),
    ("duration-default", "every meeting lasts an hour", always("meetingDuration", 60)),
    ("duration-cap-1440-read", "a longer duration than a day is read as a day",
        reads("duration", lambda it: 1440 if 1440 < it <= 1485 else it, only=int)),
)  # fmt: skip

UNICODE = of_kind(
    "unicode",
    ("answer-surrogates", "characters beyond 16 bits are answered as two encoded surrogates",
        changes(201, body=_cesu_8), "response.201.body"),
    "echo.name",
    ("name-nfc", "a name is normalised to NFC", _name(_normalised("NFC"))),
    ("name-nfd", "a name is normalised to NFD", _name(_normalised("NFD"))),
    ("name-ascii", "what is not ASCII in a name is lost", _name(r"[^\x00-\x7f]", "")),
    ("name-code-page", "what code page 1252 lacks becomes a question mark in a name",
        _name(lambda it: it.encode("cp1252", "replace").decode("cp1252"))),
    ("name-astral-replaced", "characters beyond 16 bits become U+FFFD in a name",
        _name("[\U00010000-\U0010ffff]", "\ufffd")),
    ("name-marks-lost", "combining marks in a name are lost", _name(_drops("Mn", "Mc"))),
    ("name-accents-lost", "a name loses its accents", _name(_plain)),
    ("name-200-bytes", "a name is cut after 200 bytes",
        _name(lambda it: it.encode("utf-8", "surrogatepass")[:200].decode("utf-8", "ignore"))),
    ("name-200-units", "a name is cut after 200 UTF-16 units", _name(lambda it: _utf_16(it, 200))),
    ("name-sharp-s", "a sharp s in a name becomes two", _name("ß", "ss")),
    ("name-format-characters-lost", "joiners and direction marks in a name are lost", _name(_drops("Cf"))),
    ("name-variation-lost", "variation selectors in a name are lost", _name("\ufe0f", "")),
    ("name-wide-spaces", "Unicode's spaces in a name become plain ones",
        _name(lambda it: "".join(" " if unicodedata.category(c) == "Zs" else c for c in it))),
    ("name-line-separator", "a line separator in a name becomes a line feed", _name("[\u2028\u2029]", "\n")),
    ("name-mojibake", "a name's UTF-8 is read as Latin-1", _name(_mojibake)),
    ("name-mark-at-start-lost", "a byte-order mark at a name's start is lost", _name("^\ufeff", "")),
    ("name-private-use-lost", "private-use characters in a name are lost", _name(_drops("Co"))),
    ("name-nul-cuts", "a name ends at a NUL", _name(r"(?s)\0.*", "")),
    ("name-turkish", "a dotless i in a name gets its dot", _name(lambda it: it.replace("ı", "i").replace("İ", "I"))),
    ("name-reversed", "a name in a right-to-left script is reversed",
        _name(lambda it: it[::-1] if any(unicodedata.bidirectional(c) in ("R", "AL") for c in it) else it)),
    ("name-han-lost", "Chinese, Japanese and Korean characters in a name are lost", _name("[\u2e80-\ud7ff]", "")),
    "echo.channelName",
    ("channel-name-ascii", "what is not ASCII in channelName is lost", shows("channelName", r"[^\x00-\x7f]", "")),
    ("channel-name-nfc", "channelName is normalised to NFC", shows("channelName", _normalised("NFC"))),
)  # fmt: skip

DEFECTS: list[Defect] = [*ECHO, *UNICODE]

"""Answers that do not match their request: values cut, changed, ignored or taken from a neighbour, and Unicode."""

# ruff: noqa: RUF001 - that they look like others is what these characters are here for

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote
from uuid import UUID

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.levers import (
    Change,
    always,
    body,
    both,
    makes,
    reads,
    reshapes,
    reshapes_if,
    swaps,
)

FLAGS = (
    "isSendEmail",
    "isPublishRecordURL",
    "isWaitingRoom",
    "meetingAuthentication",
    "muteUponEntry",
    "exportMultimediaWeb",
    "publishMutimediaChannel",
)


def _name(edit: Callable[[str], str]) -> Change:
    """The name is kept changed, and so is the topic, as in a server that changes it when it reads it."""
    return both(reshapes("name", edit), reshapes("topic", edit))


def _hosts(edit: Callable[[list[str]], list[str]]) -> Change:
    return reshapes("alternativeHosts", lambda it: ",".join(edit(it.split(","))))


def _negated(flag: str) -> Change:
    return reshapes_if(lambda draft: flag in draft.request, flag, lambda it: not it)


def _drops(*categories: str) -> Callable[[str], str]:
    """Drop the characters of these Unicode categories."""
    return lambda it: "".join(c for c in it if unicodedata.category(c) not in categories)


def _utf_16(it: str, units: int) -> str:
    return it.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore")


def _plain(it: str) -> str:
    return _drops("Mn")(unicodedata.normalize("NFD", it))


def _cesu_8(raw: bytes) -> bytes:
    units = raw.decode().encode("utf-16-be")
    return b"".join(
        chr(int.from_bytes(units[at : at + 2], "big")).encode("utf-8", "surrogatepass")
        for at in range(0, len(units), 2)
    )


def _mojibake(it: str) -> str:
    return it.encode("utf-8", "surrogatepass").decode("latin-1")


ECHO = of_kind(
    "echo",
    ("name-cut-at-199", "a name is cut after 199 characters", _name(lambda it: it[:199])),
    ("name-elided", "a name of more than 100 characters ends in three dots", _name(
        lambda it: it if len(it) <= 100 else f"{it[:97]}...")),
    ("name-trimmed", "a name loses its outer white space", _name(str.strip)),
    ("name-right-trimmed", "a name loses its last spaces", _name(lambda it: it.rstrip(" "))),
    ("name-spaces-collapsed", "several spaces in a name become one", _name(lambda it: re.sub(" +", " ", it))),
    ("name-escaped", "a name is escaped for HTML", _name(html.escape)),
    ("name-unescaped", "HTML entities in a name are resolved", _name(html.unescape)),
    ("name-tags-stripped", "a name loses what looks like markup", _name(lambda it: re.sub("<[^>]*>", "", it))),
    ("name-apostrophe-doubled", "an apostrophe in a name is doubled", _name(lambda it: it.replace("'", "''"))),
    ("name-backslash-lost", "a backslash in a name is lost", _name(lambda it: it.replace("\\", ""))),
    ("name-plus-is-space", "a plus in a name becomes a space", _name(lambda it: it.replace("+", " "))),
    ("name-percent-decoded", "percent signs in a name are decoded", _name(unquote)),
    ("name-cut-at-semicolon", "a name is cut at a semicolon", _name(lambda it: it.partition(";")[0])),
    ("name-path", "a name with a slash loses what is before it", _name(lambda it: it.rpartition("/")[2])),
    ("name-line-breaks-lost", "line breaks in a name become spaces", _name(lambda it: " ".join(it.splitlines()))),
    ("name-tabs-expanded", "tabs in a name become spaces", _name(lambda it: it.replace("\t", "    "))),
    ("name-control-lost", "control characters in a name are lost", _name(_drops("Cc"))),
    ("name-masked", "words of a name that logs mask are masked", _name(
        lambda it: re.sub(r"(?i)(password|secret|token)\S*", "***", it))),
    ("name-lower-case", "a name is in lower case", _name(str.lower)),
    ("name-zeros-lost", "a name of digits loses its first zeros", _name(
        lambda it: str(int(it)) if it.isascii() and it.isdigit() else it)),
    ("name-null-word", "a name that is the word null is lost", _name(lambda it: "" if it.lower() == "null" else it)),
    ("name-formatted", "braces in a name are taken for places to fill", _name(lambda it: re.sub(r"\{\d*\}", "", it))),
    ("name-formula-guarded", "a name that begins like a formula gets an apostrophe", _name(
        lambda it: f"'{it}" if it[:1] in ("=", "+", "-", "@") else it)),
    ("name-default-when-empty", "an empty name becomes a default", _name(lambda it: it or "Untitled")),
    ("name-fixed", "every meeting has the same name", both(always("name", "Meeting"), always("topic", "Meeting"))),
    ("name-is-channel-name", "the name is the channel's where there is one", makes(
        "name", lambda draft: draft.request.get("channelName", draft.request.get("name")))),
    *((f"ignored-{flag}", f"{flag} is ignored", always(flag, False)) for flag in FLAGS),
    ("negated-muteUponEntry", "muteUponEntry is negated", _negated("muteUponEntry")),
    ("negated-exportMultimediaWeb", "exportMultimediaWeb is negated", _negated("exportMultimediaWeb")),
    ("export-publish-swapped", "exportMultimediaWeb and publishMutimediaChannel are swapped", swaps(
        "exportMultimediaWeb", "publishMutimediaChannel")),
    ("mute-with-authentication", "muteUponEntry is true with meetingAuthentication as well", makes(
        "muteUponEntry",
        lambda draft: draft.request.get("muteUponEntry", False) or draft.request.get("meetingAuthentication", False))),
    ("record-type-less-1", "recordType is off by one", reshapes("recordType", lambda it: max(it - 1, 0))),
    ("record-type-swapped", "cloud and local recording are swapped", reshapes("recordType", lambda it: (0, 2, 1)[it])),
    ("authentication-1", "authenticationOpt is always 1", reshapes("authenticationOpt", lambda _: 1)),
    ("authentication-is-record-type", "authenticationOpt and recordType are swapped", swaps(
        "authenticationOpt", "recordType")),
    ("meeting-type-is-record-type", "meetingType is recordType where there is one", makes(
        "meetingType", lambda draft: draft.request.get("recordType", draft.request.get("meetingType")))),
    ("meeting-type-zero-based", "meetingType counts from zero", reshapes("meetingType", lambda it: it - 1)),
    ("module-is-lesson", "moduleID is the lesson's where there is one", makes(
        "moduleID", lambda draft: draft.request.get("lessonID", draft.request["moduleID"]))),
    ("module-bytes-swapped", "moduleID is read with .NET's byte order", reshapes(
        "moduleID", lambda it: str(UUID(bytes=UUID(it).bytes_le)))),
    ("channel-is-lesson", "channelID is the lesson's where there is one", makes(
        "channelID", lambda draft: draft.request.get("lessonID", draft.request.get("channelID")))),
    ("channel-name-is-name", "channelName is the meeting's name", makes(
        "channelName", lambda draft: draft.request.get("name") if "channelName" in draft.request else None)),
    ("channel-name-empty-lost", "an empty channelName is made the meeting's name", makes(
        "channelName", lambda draft: draft.request.get("name") if draft.request.get("channelName") == "" else
        draft.request.get("channelName"))),
    ("hosts-semicolons", "alternativeHosts is separated by semicolons", reshapes(
        "alternativeHosts", lambda it: it.replace(",", ";"))),
    ("hosts-spaced", "alternativeHosts gets spaces after its commas", reshapes(
        "alternativeHosts", lambda it: it.replace(",", ", "))),
    ("hosts-first", "only the first alternative host is kept", _hosts(lambda it: it[:1])),
    ("hosts-last-lost", "the last of several alternative hosts is lost", _hosts(lambda it: it[:-1] or it)),
    ("hosts-sorted", "alternative hosts are sorted", _hosts(sorted)),
    ("hosts-at-most-5", "no more than five alternative hosts are kept", _hosts(lambda it: it[:5])),
    ("hosts-addresses-only", "alternative hosts that are no addresses are lost", _hosts(
        lambda it: [host for host in it if "@" in host])),
    ("hosts-plus-lost", "a host's address loses what is after a plus", reshapes(
        "alternativeHosts", lambda it: re.sub(r"\+[^@,]*@", "@", it))),
    ("duration-whole-hours", "meetingDuration is rounded up to whole hours", reshapes(
        "meetingDuration", lambda it: -(-it // 60) * 60)),
    ("duration-at-most-a-day", "meetingDuration is at most a day", reshapes("meetingDuration", lambda it: min(it,
        1440))),
    ("duration-default", "every meeting lasts an hour", always("meetingDuration", 60)),
    ("duration-cap-1440-read", "a longer duration than a day is read as a day", reads(
        "duration", lambda it: 1440 if isinstance(it, int) and 1440 < it <= 1485 else it)),
    clause="echo.name",
    clauses={
        "echo.isSendEmail": "ignored-isSendEmail",
        "echo.isPublishRecordURL": "ignored-isPublishRecordURL",
        "echo.isWaitingRoom": "ignored-isWaitingRoom",
        "echo.meetingAuthentication": "ignored-meetingAuthentication",
        "echo.muteUponEntry": "ignored-muteUponEntry negated-muteUponEntry mute-with-authentication",
        "echo.exportMultimediaWeb": "ignored-exportMultimediaWeb negated-exportMultimediaWeb",
        "echo.publishMutimediaChannel": "ignored-publishMutimediaChannel export-publish-swapped",
        "echo.recordType": "record-type-less-1 record-type-swapped authentication-is-record-type",
        "echo.authenticationOpt": "authentication-1",
        "echo.meetingType": "meeting-type-is-record-type meeting-type-zero-based",
        "echo.moduleID": "module-is-lesson module-bytes-swapped",
        "echo.channelID": "channel-is-lesson",
        "echo.channelName": "channel-name-is-name channel-name-empty-lost",
        "echo.alternativeHosts":
        "hosts-semicolons hosts-spaced hosts-first hosts-last-lost hosts-sorted hosts-at-most-5 "
        "hosts-addresses-only hosts-plus-lost",
        "echo.meetingDuration":
        "duration-whole-hours duration-at-most-a-day duration-default duration-cap-1440-read",
    },
)  # fmt: skip

LOST = of_kind(
    "echo",
    ("channel-name-lost", "channelName is lost", always("channelName", None)),
    ("hosts-lost", "alternativeHosts is lost", always("alternativeHosts", None)),
    severity="finding",
    clause="default.channelName",
    clauses={
        "default.alternativeHosts": "hosts-lost",
    },
)  # fmt: skip

UNICODE = of_kind(
    "unicode",
    ("name-nfc", "a name is normalised to NFC", _name(lambda it: unicodedata.normalize("NFC", it))),
    ("name-nfd", "a name is normalised to NFD", _name(lambda it: unicodedata.normalize("NFD", it))),
    ("name-ascii", "what is not ASCII in a name is lost", _name(lambda it: it.encode("ascii", "ignore").decode())),
    ("name-code-page", "what code page 1252 lacks becomes a question mark in a name", _name(
        lambda it: it.encode("cp1252", "replace").decode("cp1252"))),
    ("name-astral-replaced", "characters beyond 16 bits become U+FFFD in a name", _name(
        lambda it: "".join(c if c <= "\uffff" else "\ufffd" for c in it))),
    ("name-marks-lost", "combining marks in a name are lost", _name(_drops("Mn", "Mc"))),
    ("name-accents-lost", "a name loses its accents", _name(_plain)),
    ("name-200-bytes", "a name is cut after 200 bytes", _name(
        lambda it: it.encode("utf-8", "surrogatepass")[:200].decode("utf-8", "ignore"))),
    ("name-200-units", "a name is cut after 200 UTF-16 units", _name(lambda it: _utf_16(it, 200))),
    ("name-sharp-s", "a sharp s in a name becomes two", _name(lambda it: it.replace("ß", "ss"))),
    ("name-format-characters-lost", "joiners and direction marks in a name are lost", _name(_drops("Cf"))),
    ("name-variation-lost", "variation selectors in a name are lost", _name(lambda it: it.replace("\ufe0f", ""))),
    ("name-wide-spaces", "Unicode's spaces in a name become plain ones", _name(
        lambda it: "".join(" " if unicodedata.category(c) == "Zs" else c for c in it))),
    ("name-line-separator", "a line separator in a name becomes a line feed", _name(
        lambda it: it.replace("\u2028", "\n").replace("\u2029", "\n"))),
    ("name-mojibake", "a name's UTF-8 is read as Latin-1", _name(_mojibake)),
    ("name-mark-at-start-lost", "a byte-order mark at a name's start is lost", _name(lambda it: it.removeprefix(
        "\ufeff"))),
    ("name-private-use-lost", "private-use characters in a name are lost", _name(_drops("Co"))),
    ("name-nul-cuts", "a name ends at a NUL", _name(lambda it: it.partition("\0")[0])),
    ("name-turkish", "a dotless i in a name gets its dot", _name(lambda it: it.replace("ı", "i").replace("İ", "I"))),
    ("name-reversed", "a name in a right-to-left script is reversed", _name(
        lambda it: it[::-1] if any(unicodedata.bidirectional(c) in ("R", "AL") for c in it) else it)),
    ("name-han-lost", "Chinese, Japanese and Korean characters in a name are lost", _name(
        lambda it: "".join(c for c in it if not "\u2e80" <= c <= "\ud7ff"))),
    ("channel-name-ascii", "what is not ASCII in channelName is lost", reshapes(
        "channelName", lambda it: it.encode("ascii", "ignore").decode())),
    ("channel-name-nfc", "channelName is normalised to NFC", reshapes(
        "channelName", lambda it: unicodedata.normalize("NFC", it))),
    ("answer-surrogates", "characters beyond 16 bits are answered as two encoded surrogates", body(201, _cesu_8)),
    clause="echo.name",
    clauses={
        "echo.channelName": "channel-name-ascii channel-name-nfc",
        "response.201.body": "answer-surrogates",
    },
)  # fmt: skip

DEFECTS: list[Defect] = [*ECHO, *LOST, *UNICODE]

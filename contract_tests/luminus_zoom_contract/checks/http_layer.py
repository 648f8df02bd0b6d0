"""What HTTP's own layer may answer by itself: a front end, a server or a framework, before any API sees the request.

It may do so only where a request is malformed or unusual by HTTP's own rules. Its answer is then judged as HTTP, not by
the contract, which says nothing of it: the words and the label of its body are its own.
"""

import re
from collections.abc import Iterator
from typing import Final

from luminus_zoom_contract.run.transport import HttpRequest

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WITHOUT_CONTENT: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_MALFORMED_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNUSUAL_PATH: Final = re.compile(r"%(?:[01][0-9A-F]|7F|2F|5C)|//|/\.{1,2}(?:/|$)", re.IGNORECASE)
"""An encoded control character, slash or backslash, an empty segment, a dot segment."""
_LONGEST_TARGET: Final = 8000
_LONGEST_FIELD: Final = 4000
_LARGEST_CONTENT: Final = 100_000
"""Octets. RFC 9110 recommends the first (4.1) and leaves the others to servers, whose defaults begin there."""


def http_refusals(request: HttpRequest) -> frozenset[int]:
    """The statuses with which HTTP's own layer may refuse a request; none, where there is nothing unusual about it."""
    return frozenset(status for statuses in _by_rule(request) for status in statuses)


def _by_rule(request: HttpRequest) -> Iterator[tuple[int, ...]]:
    path = request.target.partition("?")[0]
    headers = [(name.lower(), value) for name, value in request.headers]
    known = dict(headers)
    # RFC 9110, 9.1 and 15.6.2: methods are case-sensitive, and an unknown one is not implemented.
    if request.method not in _METHODS:
        yield 400, 405, 501
    # RFC 9110, 9.3.1, 9.3.2, 9.3.5: content has no meaning there, and may have the request rejected.
    if request.method in _WITHOUT_CONTENT and request.body:
        yield (400,)
    # RFC 3986, 2.1, 2.2, 6.2.2: what is no escape, and what readers of a path disagree about.
    if _MALFORMED_ESCAPE.search(request.target) or _UNUSUAL_PATH.search(path):
        yield 400, 404
    if len(request.target) > _LONGEST_TARGET:
        yield (414,)
    # RFC 9110, 5.4 and 5.5, RFC 6585, 5: a value of other than visible ASCII, or longer than a server takes.
    if any(len(value) > _LONGEST_FIELD or re.search(r"[^\t\x20-\x7e]", value) for _, value in headers):
        yield 400, 431
    # RFC 9110, 10.1.1, 8.4, 15.5.14.
    if known.get("expect", "100-continue").lower() != "100-continue":
        yield (417,)
    if known.get("content-encoding", "identity").lower() != "identity":
        yield 400, 415
    if len(request.body) > _LARGEST_CONTENT:
        yield (413,)
    # RFC 9112, 3.2, 6.1, 6.3: one Host, and a length or chunks, never both.
    framings = [name for name, _ in headers if name in {"content-length", "transfer-encoding"}]
    if len(framings) > 1 or known.get("transfer-encoding", "chunked").lower() != "chunked":
        yield 400, 411, 501
    if [name for name, _ in headers].count("host") > 1:
        yield (400,)

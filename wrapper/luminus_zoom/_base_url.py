"""Which base URLs are accepted."""

import ipaddress
import re
from urllib.parse import urlsplit

from .errors import ConfigurationError

_HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
_PATH = re.compile(r"[\w.~!$&'()*+,;=:%/-]*", re.ASCII)


def checked_base_url(base_url: object, *, allow_http: bool) -> str:
    """The base URL without a slash at its end.

    Raises:
        ConfigurationError: it is not an http(s) URL, holds credentials or a query, or is plain http to another machine.
    """
    refused = "No meeting was created: base_url"
    # Its text is not quoted: it may hold a password.
    if not isinstance(base_url, str) or not re.fullmatch(r"https?://[!-~]+", base_url) or not is_url(base_url):
        raise ConfigurationError(
            f"{refused} must be https:// and a host (http:// will do for this machine), in ASCII without spaces."
        )
    if re.search(r"[@?#\\]", base_url):
        raise ConfigurationError(f"{refused} must have no user, password, query or fragment.")
    parts = urlsplit(base_url)
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname or ""):
        raise ConfigurationError(
            f"{refused} is plain http, which shows the credentials on the way. Use https, or pass allow_http=True."
        )
    return base_url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_url(text: str) -> bool:
    """Whether a URL has a host and can be sent as it is (RFC 3986)."""
    try:
        parts = urlsplit(text)  # which checks what stands in brackets
        host, port = parts.hostname or "", parts.port
        if "[" not in parts.netloc and host.rpartition(".")[2].isdigit():
            ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return port != 0 and bool(_HOST.fullmatch(host)) and bool(_PATH.fullmatch(parts.path))

"""Where the API is, and how one gets there: its host and port, TLS, and the proxy that the environment names."""

import functools
import ipaddress
import os
import re
import ssl
import sys
from urllib.parse import urlsplit

import certifi

from .errors import ConfigurationError

_HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
_PATH = re.compile(r"[\w.~!$&'()*+,;=:%/-]*", re.ASCII)


class Place:
    """Host, port and TLS of a base URL."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.host = parts.hostname or ""
        self.tls = tls_context() if parts.scheme == "https" else None
        self.port = parts.port or (443 if self.tls else 80)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The TLS settings of all clients in the process; making them costs 20 to 30 ms.

    As httpx's: the certificates in ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``, else certifi's.

    Raises:
        ConfigurationError: the environment names certificates that cannot be read.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        context = ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=folder)
    except OSError as error:
        raise ConfigurationError(
            f"No meeting was created: the certificates in SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}"
        ) from None
    context.set_alpn_protocols(["http/1.1"])
    return context


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


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for this address; none for this machine, which no proxy reaches."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    # macOS and Windows keep proxies elsewhere, too.
    named = sys.platform in ("darwin", "win32") or any(name.lower().endswith("_proxy") for name in os.environ)
    if is_loopback(host) or not named:
        return None
    from urllib.request import getproxies, proxy_bypass  # Takes long to import.

    if proxy_bypass(f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy

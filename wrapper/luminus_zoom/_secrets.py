"""Keep secrets out of everything that is printed, logged, raised or pickled."""

import re
from collections.abc import Iterable, Mapping

MASK = "***"

# The values that the service hands out. Keys and values in JSON, in any spacing, also where the JSON is cut off or is
# itself quoted inside a JSON string; and the password inside a join URL.
_JSON_SECRET = re.compile(
    r'(\\*"(?:meetingPassword|hostKey|password|host_key)\\*"\s*:\s*\\*")((?:[^"\\]|\\[^"])*)', re.IGNORECASE
)
_JSON_NUMBER = re.compile(r'(\\*"(?:meetingPassword|hostKey)\\*"\s*:\s*)(\d+)', re.IGNORECASE)
_URL_SECRET = re.compile(
    r"([?&;]|\\u0026|%3F|%26)(pwd|subscription-key|access_token)(=|%3D)[^&\s\"'<>\\#]+", re.IGNORECASE
)
_BEARER = re.compile(r"(bearer\s+)[A-Za-z0-9._~+/=-]{20,}", re.IGNORECASE)


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with credentials, passwords and host keys replaced by ``***``."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    text = _JSON_SECRET.sub(rf"\1{MASK}", text)
    text = _JSON_NUMBER.sub(rf"\1{MASK}", text)
    text = _URL_SECRET.sub(rf"\1\2\3{MASK}", text)
    return _BEARER.sub(rf"\1{MASK}", text)


def mask_bytes(body: bytes, secrets: Iterable[str] = ()) -> bytes:
    """A body with its secrets masked; bytes that are not UTF-8 survive."""
    return mask_text(body.decode("utf-8", "surrogateescape"), secrets).encode("utf-8", "surrogateescape")


def mask_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    """Headers with credentials and cookies masked."""
    secret_names = ("authorization", "ocp-apim-subscription-key", "cookie", "set-cookie", "proxy-authorization")
    return {
        name: MASK if name.lower() in secret_names else mask_text(value, secrets) for name, value in headers.items()
    }

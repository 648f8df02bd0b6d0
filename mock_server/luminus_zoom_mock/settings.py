"""What can be set on the mock. Importing this module is cheap: it needs the standard library alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

SUBSCRIPTION_KEY = "0123456789abcdef0123456789abcdef"
"""A valid subscription key. Synthetic and public."""

FORBIDDEN_KEY = "fedcba9876543210fedcba9876543210"
"""A valid subscription key of a user without rights: the service answers 403. Synthetic and public."""

TOKEN = "synthetic.bearer.token"  # noqa: S105
"""The bearer token, where one is asked for. Synthetic and public."""

ErrorShape = Literal["text", "plain", "fields", "problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the mock behaves. The defaults follow the documentation page, `Settings(as_observed=True)` the recordings.

    The keys and the token are left out of the repr. Raises ValueError for a value that has no meaning.
    """

    subscription_keys: frozenset[str] = field(default=frozenset({SUBSCRIPTION_KEY}), repr=False)
    """Keys that the gateway lets through."""
    forbidden_keys: frozenset[str] = field(default=frozenset({FORBIDDEN_KEY}), repr=False)
    """Further keys that the gateway lets through, whose user may not create meetings: 403 from the role check."""
    token: str | None = field(default=None, repr=False)
    """The bearer token to ask for; None, as on the page, looks at no Authorization header."""
    as_observed: bool = False
    """As recorded on sibling operations: `token` TOKEN and `error_shape` "fields" unless they are set to other than
    their defaults, and the body's property names match in any case."""
    error_shape: ErrorShape = "text"
    """The body of a 400: "text", a string, quoted as JSON where Accept asks for JSON; "plain", never quoted (this one
    is for the role's 403 too); "fields", an object of lists of messages; "problem", ASP.NET Core's
    ValidationProblemDetails, with which a 415 has a body too."""
    module_ids: frozenset[str] | None = None
    """The modules in which the user may create meetings (others: 403); None for every module."""
    rate_limit: int | None = None
    """Calls a key may make within any `rate_period` seconds (then 429); None for no limit."""
    rate_period: float = 60.0
    """The length of the rate limit's sliding window, in seconds."""
    quota: int | None = None
    """Calls, successful or not, that the gateway lets through in a day of its own (then 403); None for no limit."""
    realm: str = "https://luminus.azure-api.net/zoom"
    """The realm in the gateway's challenge: the API's public address."""
    db: Path | None = None
    """The SQLite file that keeps the meetings; None keeps them in memory."""
    max_body: int = 30_000_000
    """The longest body in bytes (then 413); the default is that of ASP.NET Core's server."""
    journal: int = 10_000
    """How many requests are remembered, the latest; each takes about 4 kB."""
    allow_origins: frozenset[str] = frozenset()
    """Origins whose pages may call the mock from a browser (CORS): "*" is any, "null" a page opened as a file.
    The mock's own pages need none."""
    contract: Path | None = None
    """The OpenAPI document; None for the one that the package ships with."""
    fraction_digits: int | None = None
    """Digits of a second's fraction in every date answered, 0 to 7; None answers those sent, less trailing zeros."""
    method_not_allowed: Literal[404, 405] = 404
    """The answer to a method other than POST. API Management's own is 404."""
    omit_unset: bool = False
    """Leave out the booleans that the request left out, instead of answering false."""
    strict_names: bool = False
    """Refuse a blank name, as .NET's `[Required]` does."""
    max_offset_hours: float | None = None
    """The largest offset from UTC that a date may have, in hours (.NET: 14); None for any."""

    def __post_init__(self) -> None:
        """Apply `as_observed`, and refuse what has no meaning."""
        if self.as_observed:
            object.__setattr__(self, "token", TOKEN if self.token is None else self.token)
            object.__setattr__(self, "error_shape", "fields" if self.error_shape == "text" else self.error_shape)
        for name, wrong in {
            "subscription_keys": not self.subscription_keys,
            "error_shape": self.error_shape not in get_args(ErrorShape),
            "rate_limit": self.rate_limit is not None and self.rate_limit < 1,
            "rate_period": self.rate_period <= 0,
            "max_body": self.max_body < 0,
            "journal": self.journal < 0,
            "quota": self.quota is not None and self.quota < 0,
            "fraction_digits": self.fraction_digits not in (None, *range(8)),
            "method_not_allowed": self.method_not_allowed not in (404, 405),
        }.items():
            if wrong:
                raise ValueError(f"Settings: {name} has a value without meaning")

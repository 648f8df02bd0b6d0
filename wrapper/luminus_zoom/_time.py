"""A meeting's start on the wire, and the datetimes that do not mean what they show."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from ._schema import WrongValue, shown

_MINUTE, _LARGEST_OFFSET = timedelta(minutes=1), timedelta(hours=14)


def wire_time(value: object) -> str:
    """RFC 3339 with an offset of whole minutes that every implementation reads.

    The service's reading of a time without an offset is not documented, so there must be one.
    """
    if not isinstance(value, datetime):
        raise WrongValue(f"must be a datetime (got {shown(value)})")
    offset = value.utcoffset()
    if offset is None:
        zone_name = _name(value.tzinfo)
        fault = "must have a time zone" if value.tzinfo is None else f"its time zone, {zone_name}, has no offset"
        raise WrongValue(f'{fault}: datetime(…, tzinfo=ZoneInfo("Asia/Singapore"))')
    # A plain datetime: subclasses count and print in their own ways.
    local = datetime.combine(value.date(), value.time(), value.tzinfo)
    try:
        if type(local.tzinfo) is not timezone:
            _refuse_wrong_offset(local, offset)
        local = local.replace(tzinfo=timezone(offset))
        # .NET refuses offsets beyond 14 hours, RFC 3339 (section 5.6) those with seconds: such times are sent in UTC.
        if abs(offset) > _LARGEST_OFFSET or offset % _MINUTE:
            local = local.astimezone(UTC)
        return local.isoformat()
    except OverflowError:
        raise WrongValue("is beyond the years 1 to 9999 in UTC") from None


def _refuse_wrong_offset(local: datetime, offset: timedelta) -> None:
    """Refuse a local time whose offset does not hold in its zone on that day, and one that exists twice or never.

    An offset holds where the way to UTC and back ends at the same local time. That needs no list of libraries: it
    finds the zones of pytz before `localize`, which show the offset of a city's first clock, and sums of localized
    times across a clock change, as well as the times that a clock skips (PEP 495).
    """
    zone, clock, name = local.tzinfo, local.replace(tzinfo=None, fold=0), _name(local.tzinfo)
    advice = "or with pytz zone.localize(datetime(…)), after all arithmetic"
    if local.year > 2037 and hasattr(zone, "localize"):
        advice = "as pytz knows no clock change after 2037"
        with contextlib.suppress(KeyError, ValueError, OSError):  # No such zone, or none at all on this machine.
            zone = ZoneInfo(name)

    def after(utc_offset: timedelta) -> datetime:
        return (clock - utc_offset).replace(tzinfo=UTC).astimezone(zone)

    try:
        back = after(offset)
    except (NotImplementedError, ValueError, TypeError):
        return  # A tzinfo may lack `dst`, which the way back needs. Its offset is all there is.
    right = back.utcoffset() or timedelta()
    if back.replace(tzinfo=None, fold=0) == clock:
        if local.replace(fold=1).utcoffset() == offset:
            return
        fault = (
            f"happens twice in {name}, as the clock is set back that day: "
            "pass fold=1 for the second, or the time in UTC for either"
        )
    elif after(right).replace(tzinfo=None, fold=0) != clock:
        fault = f"does not exist in {name}: the clock skips it that day"
    else:
        wanted, got = (str(timezone(known)).removeprefix("UTC") or "+00:00" for known in (right, offset))
        fault = f"has the offset {wanted} in {name}, but this datetime says {got}: use zoneinfo.ZoneInfo, {advice}"
    raise WrongValue(f"{clock.isoformat(' ', 'minutes')} {fault}")


def _name(zone: object) -> str:
    """A zone's key, or its type's name: a tzinfo's own text could be anything."""
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return name if isinstance(name, str) and len(name) <= 60 else type(zone).__name__

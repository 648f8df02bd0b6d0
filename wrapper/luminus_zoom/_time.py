"""A meeting's start on the wire, and the datetimes that do not mean what they show."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from ._schema import WrongValue, shown


def wire_time(value: object) -> str:
    """RFC 3339 with an offset of whole minutes that every implementation reads.

    The service's reading of a time without an offset is not documented, so there must be one.
    """
    if not isinstance(value, datetime):
        raise WrongValue(f"must be a datetime (got {shown(value)})")
    offset = value.utcoffset()
    if offset is None:
        fault = (
            "must have a time zone" if value.tzinfo is None else f"its time zone, {_name(value.tzinfo)}, has no offset"
        )
        raise WrongValue(f'{fault}: datetime(…, tzinfo=ZoneInfo("Asia/Singapore"))')
    # A plain datetime: subclasses count and print in their own ways.
    local = datetime.combine(value.date(), value.time(), value.tzinfo).replace(fold=value.fold)
    # .NET refuses offsets beyond 14 hours, RFC 3339 (section 5.6) those with seconds: the same instant does as well.
    zone = UTC if abs(offset) > timedelta(hours=14) or offset % timedelta(minutes=1) else timezone(offset)
    try:
        _refuse_wrong_offset(local, offset)
        return local.replace(tzinfo=timezone(offset)).astimezone(zone).isoformat()
    except OverflowError:
        raise WrongValue("is beyond the years 1 to 9999 in UTC") from None


def _refuse_wrong_offset(local: datetime, offset: timedelta) -> None:
    """Refuse a local time whose offset does not hold in its zone on that day, and one that exists twice or never.

    An offset holds where the way to UTC and back ends at the same local time. That needs no list of libraries: it
    finds the zones of pytz before `localize`, which show the offset of a city's first clock, and sums of localized
    times across a clock change, as well as the times that a clock skips (PEP 495).
    """
    zone = local.tzinfo
    if zone is None or type(zone) is timezone:
        return
    clock = local.replace(tzinfo=None, fold=0)
    try:
        back = _local_time(clock - offset, zone)
    except (NotImplementedError, ValueError, TypeError):
        return  # A tzinfo may lack `dst`, which the way back needs. Its offset is all there is.
    if back.replace(tzinfo=None, fold=0) == clock:
        if not local.fold and local.replace(fold=1).utcoffset() != offset:
            raise WrongValue(
                f"{_clock(local)} happens twice in {_name(zone)}, as the clock is set back that day: "
                "pass fold=1 for the second, or the time in UTC for either"
            )
        _refuse_after_the_last_rule(local, offset)
        return
    right = back.utcoffset() or timedelta()
    if _local_time(clock - right, zone).replace(tzinfo=None, fold=0) != clock:
        raise WrongValue(f"{_clock(local)} does not exist in {_name(zone)}: the clock skips it that day")
    raise WrongValue(
        f"{_clock(local)} has the offset {_written(right)} in {_name(zone)}, but this datetime says "
        f"{_written(offset)}: use zoneinfo.ZoneInfo, or with pytz zone.localize(datetime(…)), after all arithmetic"
    )


def _refuse_after_the_last_rule(local: datetime, offset: timedelta) -> None:
    """Refuse an offset of pytz that is wrong because pytz knows no clock change after 2037."""
    if local.year <= 2037 or not hasattr(local.tzinfo, "localize"):
        return
    from zoneinfo import ZoneInfo  # Not everybody needs it.

    name = _name(local.tzinfo)
    right = offset
    with contextlib.suppress(KeyError, ValueError, OSError):  # No such zone, or none at all on this machine.
        right = _local_time(local.replace(tzinfo=None) - offset, ZoneInfo(name)).utcoffset() or timedelta()
    if right != offset:
        raise WrongValue(f'pytz knows no clock change after 2037: use tzinfo=ZoneInfo("{name}")')


def _local_time(utc: datetime, zone: tzinfo | None) -> datetime:
    return utc.replace(tzinfo=UTC).astimezone(zone)


def _clock(local: datetime) -> str:
    return local.isoformat(" ", "minutes")[:16]


def _written(offset: timedelta) -> str:
    return str(timezone(offset)).removeprefix("UTC") or "+00:00"


def _name(zone: object) -> str:
    """A zone's key, or its type's name: a tzinfo's own text could be anything."""
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return name if isinstance(name, str) and len(name) <= 60 else type(zone).__name__

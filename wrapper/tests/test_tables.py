"""Arguments as tables and arrays hold them: numpy's scalars, pandas' rows and what stands for nothing in them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from luminus_zoom import Access
from luminus_zoom._arguments import PARAMETERS
from wrapper.tests.calls import ARGUMENTS
from wrapper.tests.preview import refused, sent

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
TABLE = pd.DataFrame(
    {
        "module_id": [ID, ID],
        "name": ["CS1010", "CS2030"],
        "start": pd.to_datetime(["2027-01-18 10:00", "2027-01-19 10:00"]).tz_localize("Asia/Singapore"),
        "duration": [90, 120],
        "send_email": [True, False],
        "record_type": [1, None],
    }
)
ROW = {"moduleID": ID, "name": "CS1010", "startDate": "2027-01-18T10:00:00+08:00", "duration": 90, "isSendEmail": True}
GAPS = [
    (float("nan"), "NaN"),
    (np.float64("nan"), "NaN"),
    (np.float32("nan"), "NaN"),
    (Decimal("NaN"), "NaN"),
    (pd.NaT, "NaT"),
    (pd.NA, "NA"),
    (np.datetime64("NaT", "s"), "NaT"),
    (np.timedelta64("NaT", "s"), "NaT"),
    (np.ma.masked, "masked"),
    (complex("nan"), "a missing value"),
]


def test_a_row_of_a_table_is_enough() -> None:
    whole = TABLE.drop(columns="record_type")
    assert sent(**whole.iloc[0]) == ROW
    assert sent(**whole.to_dict("records")[0]) == ROW
    assert sent(**next(whole.itertuples(index=False))._asdict()) == ROW


def test_a_table_with_gaps_says_what_to_do_and_that_works() -> None:
    assert refused(**TABLE.iloc[1]) == {"record_type": "is NaN: leave it out or pass None"}
    assert "DataFrame.convert_dtypes()" in refused(**TABLE.iloc[0])["record_type"]
    rows = TABLE.convert_dtypes()
    assert sent(**rows.iloc[0]) == {**ROW, "recordType": 1}
    assert refused(**rows.iloc[1]) == {"record_type": "is NA: leave it out or pass None"}
    assert "recordType" not in sent(**rows.iloc[1].dropna())


@pytest.mark.parametrize(
    ("argument", "value", "property_", "wire"),
    [
        *(("duration", kind(90), "duration", 90) for kind in (np.int64, np.int32, np.uint8, np.array)),
        ("duration", pd.Timedelta(minutes=90), "duration", 90),
        ("record_type", np.int64(2), "recordType", 2),
        ("send_email", np.True_, "isSendEmail", True),
        ("send_email", np.bool_(False), "isSendEmail", False),  # noqa: FBT003, RUF100
        ("send_email", np.array(True), "isSendEmail", True),  # noqa: FBT003, RUF100
        ("name", np.str_("CS1010"), "name", "CS1010"),
        ("module_id", np.str_(ID.upper()), "moduleID", ID),
        ("alternative_hosts", np.array(["ann@u.nus.edu"]), "alternativeHosts", "ann@u.nus.edu"),
        ("alternative_hosts", pd.Series(["ann@u.nus.edu"]), "alternativeHosts", "ann@u.nus.edu"),
        ("start", pd.Timestamp("2027-01-18 10:00", tz="Asia/Singapore"), "startDate", "2027-01-18T10:00:00+08:00"),
    ],
)
def test_a_scalar(argument: str, value: Any, property_: str, wire: object) -> None:
    for validate in (True, False):
        got = sent(**{argument: value}, validate=validate)[property_]
        assert (got, type(got)) == (wire, type(wire))


def test_roles() -> None:
    access = Access(groups={np.str_(ID): np.int64(3)}, public=np.int8(2))  # type: ignore[arg-type]
    assert sent(access=access)["access"] == {"groupAccess": [{"groupID": ID, "accessRole": 3}], "publicAccess": 2}


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [
        ("duration", np.True_, "must be a whole number (got True): minutes, or a timedelta"),
        ("duration", np.float64(90), "must be a whole number (got 90.0): minutes, or a timedelta; int(value)"),
        ("duration", 90.5, "must be a whole number (got 90.5): minutes, or a timedelta"),
        ("duration", np.timedelta64(90, "m"), "is a numpy.timedelta64: convert it by value.astype("),
        ("send_email", np.int64(1), "must be True or False (got 1)"),
        ("send_email", np.array([True]), "must be True or False (got ndarray)"),
        ("start", np.datetime64("2027-01-18"), "is a numpy.datetime64, which has no time zone: pandas.Timestamp("),
        ("start", pd.Timestamp("2027-01-18 10:00"), "must have a time zone"),
        ("name", np.array(["a", "b"]), "must be text (got ndarray)"),
        ("record_type", pd.Series([1, 2]), "must be one of RecordType or its number (got Series)"),
    ],
)
def test_what_is_refused(argument: str, value: Any, told: str) -> None:
    assert refused(**{argument: value})[argument].startswith(told)


def test_numpy_times_are_converted_as_the_message_says() -> None:
    minutes = np.timedelta64(90, "m").astype("timedelta64[us]").item()
    assert sent(duration=minutes)["duration"] == 90
    start = pd.Timestamp(np.datetime64("2027-01-18T10:00"), tz="Asia/Singapore")
    assert sent(start=start)["startDate"] == "2027-01-18T10:00:00+08:00"


@pytest.mark.parametrize(("gap", "name"), GAPS)
class TestGaps:
    """What stands for nothing."""

    def test_for_any_parameter(self, gap: Any, name: str) -> None:
        problems = refused(**dict.fromkeys(PARAMETERS, gap))
        optional = f"is {name}: leave it out or pass None"
        required = f"is {name}: a value is required"
        assert problems == {key: required if key in ARGUMENTS else optional for key in PARAMETERS}

    def test_inside(self, gap: Any, name: str) -> None:
        required, optional = f"is {name}: a value is required", f"is {name}: leave it out or pass None"
        problems = refused(
            access=Access(groups={ID: gap}, users=gap, public=gap, inherited_resource_id=gap),
            alternative_hosts=["ann@u.nus.edu", gap],
        )
        assert problems == {
            f"access.groups['{ID}']": required,
            "access.users": optional,
            "access.public": optional,
            "access.inherited_resource_id": optional,
            "alternative_hosts": required,
        }

    def test_in_extra_and_where_nothing_is_checked(self, gap: Any, name: str) -> None:
        told = f"is {name}: leave it out or pass None"
        assert refused(extra={"new": gap}) == {"extra['new']": told}
        assert refused(name=gap, validate=False) == {"name": told}
        deep = refused(extra={"new": [{"a": gap}], "good": 1})
        assert set(deep) == {"extra['new']"}
        assert name in deep["extra['new']"] or "NaN" in deep["extra['new']"]


@pytest.mark.parametrize("value", [float("inf"), [float("-inf")]])
def test_an_infinity(value: Any) -> None:
    assert refused(extra={"new": value}) == {"extra['new']": "has NaN or an infinity in it, which JSON cannot have"}


def test_numpy_in_extra() -> None:
    extra = {
        "a": np.int64(1),
        "b": np.True_,
        "c": [np.float64(0.5), np.float32(0.5)],
        "d": pd.Timestamp("2027-01-18", tz="UTC"),
        "e": pd.Timedelta(hours=1),
    }
    assert list(sent(extra=extra).values())[-5:] == [1, True, [0.5, 0.5], "2027-01-18T00:00:00+00:00", 60]


class Lesson(timedelta):
    """A timedelta that divides by its own kind alone, as pendulum's does."""

    def __mod__(self, other: Any) -> Any:
        return other.lessons

    __divmod__ = __floordiv__ = __truediv__ = __mod__


def test_a_timedelta_of_another_library() -> None:
    assert sent(duration=Lesson(minutes=90))["duration"] == 90
    assert sent(extra={"break": Lesson(minutes=15)})["break"] == 15
    assert datetime.fromisoformat(sent()["startDate"]) == datetime(2027, 1, 18, 2, tzinfo=UTC)

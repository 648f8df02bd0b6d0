"""The arguments of a call: what is accepted becomes what the contract allows, and all that is wrong is told at once."""

import enum
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from luminus_zoom import Access, AuthenticationOption, InvalidMeetingError, MeetingType, RecordType
from luminus_zoom._arguments import PARAMETERS
from luminus_zoom_api.models import NewMeeting
from wrapper.tests.calls import ARGUMENTS, CONTRACT
from wrapper.tests.preview import ZOOM, refused, sent

ID = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
SINGAPORE = ZoneInfo("Asia/Singapore")
VALIDATOR = jsonschema_rs.Draft202012Validator(
    {"$ref": "#/components/schemas/NewMeeting", "components": CONTRACT["components"]}, validate_formats=True
)
STEADY = settings(max_examples=150, derandomize=True, deadline=None)


def test_required_arguments_are_enough() -> None:
    assert sent() == {
        "moduleID": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "name": "CS1010 lecture 3",
        "startDate": "2027-01-18T02:00:00+00:00",
        "duration": 90,
    }


def test_every_argument_reaches_its_property() -> None:
    wanted = CONTRACT["components"]["examples"]["FullRequest"]["value"]
    got = sent(
        module_id=UUID(wanted["moduleID"]),
        lesson_id=wanted["lessonID"].upper(),
        access=Access(
            groups={"3d6f4c1e-98b1-4a53-9a0d-1f1f2f0c6b11": 3},
            users={UUID("a4c1d2e3-5b6f-4708-9182-a3b4c5d6e7f8"): 5},
            public=2,
            inherited_resource_id=ID,
        ),
        name="CS1010 lecture 3",
        start=datetime(2027, 1, 18, 10, tzinfo=SINGAPORE),
        duration=timedelta(hours=1.5),
        send_email=False,
        publish_record_url=True,
        waiting_room=True,
        meeting_authentication=True,
        mute_upon_entry=True,
        record_type=RecordType.CLOUD,
        authentication_option=AuthenticationOption.NUS_ACCOUNT,
        alternative_hosts=(host for host in ("ann@u.nus.edu ", "ben@u.nus.edu")),
        meeting_type=MeetingType.CUSTOM,
        export_multimedia_web=True,
        channel_id=wanted["channelID"],
        channel_name="CS1010 recordings",
        publish_multimedia_channel=True,
    )
    assert got == {**wanted, "access": {**wanted["access"], "publicAccess": 2, "inheritedResourceID": str(ID)}}
    assert set(got) == {parameter.wire for parameter in PARAMETERS.values()}


def test_none_and_nothing_are_not_sent() -> None:
    nothing = {name: None for name in PARAMETERS if name not in ARGUMENTS}
    assert sent(**nothing) == sent()
    assert sent(alternative_hosts=[]) == sent()
    assert sent(access=Access())["access"] == {}
    assert sent(access=Access(groups={}, users={}))["access"] == {}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    problems = refused(
        module_id="x",
        name=" ",
        start=datetime(2027, 1, 18, 10),  # noqa: DTZ001, RUF100
        duration=20,
        lesson_id=UUID(int=0),
        access=Access(groups={"y": 7}, users=[], public=0, inherited_resource_id=1),  # type: ignore[arg-type]
        send_email=1,
        record_type=3,
        authentication_option="2",
        meeting_type=True,
        alternative_hosts="ann@u.nus.edu",
        channel_name="\ud800",
        colour="red",
    )
    assert problems == {
        "colour": "is not a parameter of create_meeting",
        "module_id": "must be a UUID, as uuid.UUID or as text (got 'x')",
        "name": "must not be blank",
        "start": 'must have a time zone: datetime(…, tzinfo=ZoneInfo("Asia/Singapore"))',
        "duration": "must be a multiple of 15 (got 20)",
        "lesson_id": "must not be the zero UUID, which this service reads as none",
        "access.groups": "must be a UUID, as uuid.UUID or as text (got 'y')",
        "access.groups['y']": "must be one of 1, 2, 3, 4, 5, 6 (got 7)",
        "access.users": "must map ids to roles (got list)",
        "access.public": "must be one of 1, 2, 3, 4, 5, 6 (got 0)",
        "access.inherited_resource_id": "must be a UUID, as uuid.UUID or as text (got 1)",
        "send_email": "must be True or False (got 1)",
        "record_type": "must be one of 1, 2 (got 3)",
        "authentication_option": "must be one of AuthenticationOption or its number (got '2')",
        "meeting_type": "must be one of MeetingType or its number (got True)",
        "alternative_hosts": "must be a list of addresses or ids (got 'ann@u.nus.edu')",
        "channel_name": "has a lone surrogate, which UTF-8 cannot encode",
    }
    assert len(refused(**dict.fromkeys(ARGUMENTS))) == len(ARGUMENTS)


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("duration", 0, "must be at least 15 (got 0)"),
        ("duration", 1500, "must be at most 1485 (got 1500)"),
        ("duration", 90.0, "must be a whole number (got 90.0): minutes, or a timedelta"),
        ("duration", timedelta(seconds=910), "must be whole minutes (got 0:15:10)"),
        ("duration", True, "must be a whole number (got True): minutes, or a timedelta"),
        ("name", "x" * 201, f"must have at most 200 characters (got '{'x' * 58}…)"),
        ("name", b"x", "must be text (got bytes)"),
        ("name", Access(), "must be text (got Access)"),
        ("module_id", "0x8fad5bd9cb469fa16570867728950e", "must be a UUID, as uuid.UUID or as text"),
        ("module_id", "0f8f_ad5bd9cb469fa1657086772895e", "must be a UUID, as uuid.UUID or as text"),
        ("module_id", "\uff10f8fad5bd9cb469fa16570867728950e", "must be a UUID, as uuid.UUID or as text"),
        ("module_id", ID.int, "must be a UUID, as uuid.UUID or as text"),
        ("record_type", MeetingType.EXAM, "must be one of RecordType or its number (got MeetingType)"),
        ("access", {"groups": {}}, "must be an Access (got dict)"),
        ("alternative_hosts", [1], "must be text (got 1)"),
        ("alternative_hosts", b"ann@u.nus.edu", "must be a list of addresses or ids (got bytes)"),
        ("alternative_hosts", 1, "must be a list of addresses or ids (got 1)"),
        ("start", "2027-01-18T10:00:00+08:00", "must be a datetime (got '2027-01-18T10:00:00+08:00')"),
        ("start", date(2027, 1, 18), "must be a datetime (got datetime.date(2027, 1, 18))"),
    ],
)
def test_a_wrong_value(argument: str, value: Any, message: str) -> None:
    assert refused(**{argument: value})[argument].startswith(message)


def test_a_number_too_long_to_be_written() -> None:
    assert refused(duration=15 * 10**300) == {"duration": f"must be at most 1485 (got 15{'0' * 57}…)"}
    problems = refused(duration=10**5000 * 15, access=Access(groups={10**5000: 1}))  # type: ignore[dict-item]
    assert problems == {
        "duration": "is too large a number",
        "access.groups": "must be a UUID, as uuid.UUID or as text (got int)",
    }


uuids = st.uuids().filter(lambda value: value.int != 0)
ids = st.one_of(uuids, uuids.map(str), uuids.map(lambda value: str(value).upper()))
roles = st.integers(1, 6)
texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\u202a\u202b\u202c\u202d\u202e"),
    max_size=200,
)
VALID: dict[str, st.SearchStrategy[Any]] = {
    "module_id": ids,
    "name": texts.map(lambda text: f"x{text[1:]}"),
    "start": st.datetimes(timezones=st.sampled_from([UTC, SINGAPORE, timezone(timedelta(hours=-9.5))])),
    "duration": st.integers(1, 99).map(lambda steps: steps * 15)
    | st.integers(1, 99).map(lambda steps: timedelta(minutes=15) * steps),
    "lesson_id": ids,
    "access": st.builds(
        Access,
        groups=st.dictionaries(ids, roles, max_size=3),
        users=st.dictionaries(ids, roles, max_size=3),
        public=st.none() | roles,
        inherited_resource_id=st.none() | ids,
    ),
    "record_type": st.sampled_from(RecordType) | st.integers(1, 2),
    "authentication_option": st.sampled_from(AuthenticationOption) | st.integers(1, 2),
    "meeting_type": st.sampled_from(MeetingType) | st.integers(1, 3),
    "alternative_hosts": st.lists(st.emails(domains=st.sampled_from(["u.nus.edu", "example.com"])), max_size=3),
    "channel_id": ids,
    "channel_name": texts,
}
FLAGS = dict.fromkeys((name for name in PARAMETERS if name not in VALID), st.booleans())
OPTIONAL = {name: strategy for name, strategy in (VALID | FLAGS).items() if name not in ARGUMENTS}
JUNK = st.one_of(
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.builds(Access, public=st.text()),
    st.lists(st.integers() | st.text(max_size=2), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.just(object()),
    st.just(time(1)),
)


@STEADY
@given(st.fixed_dictionaries({name: VALID[name] for name in ARGUMENTS}, optional=OPTIONAL))
def test_any_valid_arguments_keep_to_the_contract(arguments: dict[str, Any]) -> None:
    body = sent(**arguments)
    VALIDATOR.validate(body)
    # The generated model would send the same.
    assert NewMeeting.from_dict(body).to_dict() == body


@STEADY
@given(st.dictionaries(st.sampled_from(sorted(PARAMETERS)), JUNK, min_size=1))
def test_any_junk_is_named(junk: dict[str, Any]) -> None:
    """Whatever is accepted all the same keeps to the contract."""
    try:
        body = sent(**junk)
    except InvalidMeetingError as error:
        named = {problem.parameter.partition(".")[0] for problem in error.problems}
        assert named <= set(junk)
        good = {name: value for name, value in junk.items() if name not in named}
        VALIDATOR.validate(sent(**good))
        for name in named:
            assert name in refused(**{name: junk[name]}) or name == "access"
    else:
        VALIDATOR.validate(body)


class TestNotValidated:
    """The way out for the day when the page and the service part ways."""

    def test_anything_is_sent(self) -> None:
        body = sent(
            validate=False,
            module_id=ID.int,
            name="",
            start=datetime(2027, 1, 18, 10),  # noqa: DTZ001, RUF100
            duration=timedelta(seconds=90),
            access=Access(groups=[1], public="all"),  # type: ignore[arg-type]
            send_email="yes",
            record_type=None,
        )
        assert body == {
            "moduleID": ID.int,
            "name": "",
            "startDate": "2027-01-18T10:00:00",
            "duration": 1.5,
            "access": {"groupAccess": [1], "publicAccess": "all"},
            "isSendEmail": "yes",
        }

    def test_valid_arguments_are_sent_as_ever(self) -> None:
        arguments = {"duration": timedelta(hours=1), "access": Access(groups={ID: 1}), "record_type": RecordType.LOCAL}
        assert sent(validate=False, **arguments) == sent(**arguments)

    def test_required_ones_may_be_left_out(self) -> None:
        assert sent(validate=False, **dict.fromkeys(ARGUMENTS)) == {}

    def test_a_parameter_that_does_not_exist_is_still_refused(self) -> None:
        assert refused(validate=False, colour=1) == {"colour": "is not a parameter of create_meeting"}

    @pytest.mark.parametrize("name", [object(), float("nan"), {1, 2}, "\ud800"])
    def test_what_json_cannot_hold_is_still_refused(self, name: Any) -> None:
        assert refused(validate=False, name=name)["name"].startswith(("cannot be written as JSON", "is NaN"))


class TestExtra:
    """Properties that the wrapper does not know."""

    def test_extra_is_merged_and_wins(self) -> None:
        extra = {
            "newThing": [1, {"a": None}],
            "duration": timedelta(minutes=90),
            "lessonID": ID,
            "startDate": datetime(2027, 1, 18, tzinfo=UTC),
            "access": Access(public=1),
        }
        assert sent(extra=extra) == {
            **sent(),
            "newThing": [1, {"a": None}],
            "duration": 90,
            "lessonID": str(ID),
            "startDate": "2027-01-18T00:00:00+00:00",
            "access": {"publicAccess": 1},
        }

    def test_the_arguments_are_checked_all_the_same(self) -> None:
        assert "duration" in refused(duration=1, extra={"duration": 15})

    def test_extra_that_is_no_mapping(self) -> None:
        assert refused(extra=[("a", 1)]) == {"extra": "must map properties to values (got list)"}

    def test_extra_that_never_ends(self) -> None:
        extra: dict[str, Any] = {}
        extra["extra"] = extra
        assert refused(extra=extra) == {
            "extra['extra']": "cannot be written as JSON: ValueError: Circular reference detected"
        }
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        assert "extra['deep']" in refused(extra={"deep": deep})


def test_an_iterable_that_fails() -> None:
    def hosts() -> Iterator[str]:
        yield "ann@u.nus.edu"
        raise KeyError("ben")

    assert refused(alternative_hosts=hosts()) == {"alternative_hosts": "cannot be read: KeyError: 'ben'"}


def test_the_headers_are_those_that_the_http_client_does_not_add() -> None:
    preview = ZOOM.preview_meeting(**ARGUMENTS)
    assert set(preview.headers) == {
        *("Accept", "Accept-Encoding", "User-Agent", "Content-Type", "Ocp-Apim-Subscription-Key")
    }
    assert preview.headers["Accept-Encoding"] == "identity"
    assert all(f"{name}: " in preview.curl for name in preview.headers)
    assert "Host: " not in preview.curl


def test_an_enum_says_what_a_range_beside_it_says() -> None:
    with pytest.raises(InvalidMeetingError) as caught:
        sent(record_type=3)
    assert [str(problem) for problem in caught.value.problems] == ["record_type: must be one of 1, 2 (got 3)"]


class Course(enum.StrEnum):
    """Texts that are members of an enum."""

    NAME = "CS1010"

    def __str__(self) -> str:
        return "Course.NAME"


class Hides:
    """A value that shows what it must not."""

    def __repr__(self) -> str:
        return "secret"


class Breaks(Hides):
    """A value of which nothing can be asked."""

    def __eq__(self, other: object) -> bool:
        raise OSError(str(self))

    def __hash__(self) -> int:
        return 1


@pytest.mark.parametrize(
    "text",
    [
        str(ID),
        str(ID).upper(),
        ID.hex,
        ID.hex.upper(),
        f"{{{ID}}}",
        f"{{{ID.hex}}}",
        ID.urn,
        ID.urn.upper(),
        f"uuid:{ID}",
        "0f8fad5b-d9cb469f-a16570867728950e",
        ID,
    ],
)
def test_a_uuid_in_any_form_is_sent_in_one(text: Any) -> None:
    body = sent(module_id=text, access=Access(groups={text: 1}, inherited_resource_id=text))
    assert body["moduleID"] == str(ID)
    assert body["access"] == {"groupAccess": [{"groupID": str(ID), "accessRole": 1}], "inheritedResourceID": str(ID)}


@pytest.mark.parametrize("zero", [UUID(int=0), str(UUID(int=0)), UUID(int=0).hex])
def test_the_zero_uuid_is_none(zero: UUID | str) -> None:
    told = "must not be the zero UUID, which this service reads as none"
    assert refused(module_id=zero, lesson_id=zero) == {"module_id": told, "lesson_id": told}


def test_one_id_written_in_two_ways() -> None:
    problems = refused(access=Access(groups={str(ID): 1, ID.hex: 2}))
    assert problems == {"access.groups": "has the same id twice, written in two ways"}


def test_a_text_that_prints_itself_in_another_way() -> None:
    assert sent(name=Course.NAME, alternative_hosts=["ann@u.nus.edu"])["name"] == "CS1010"


def test_many_problems_are_listed_up_to_fifty() -> None:
    problems = refused(access=Access(groups=dict.fromkeys(range(1000), 7)))  # type: ignore[arg-type]
    assert problems["further problems"] == "1,950, which are not listed"
    with pytest.raises(InvalidMeetingError) as caught:
        sent(access=Access(groups=dict.fromkeys(range(1000), 7)))  # type: ignore[arg-type]
    assert len(caught.value.problems) == 51
    assert len(str(caught.value)) < 5000


@pytest.mark.parametrize("value", [Hides(), Breaks(), [Hides()], {"a": Hides()}])
def test_a_value_that_could_show_anything_is_not_shown(value: Any) -> None:
    wrong = Access(groups={ID: value}, users=value, public=value, inherited_resource_id=value)
    problems = refused(**{name: value for name in PARAMETERS if name != "access"}, access=wrong)
    assert len(problems) >= len(PARAMETERS) - 1 + 3
    assert [text for place, text in problems.items() if "secret" in place + text and "OSError" not in text] == []
    extra = refused(extra={"a": value, "b": [value]})
    assert set(extra) == {"extra['a']", "extra['b']"}


def test_an_error_without_a_text() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise ValueError

    def hosts(error: Exception) -> Iterator[str]:
        yield "ann@u.nus.edu"
        raise error

    assert refused(alternative_hosts=hosts(MuteError())) == {"alternative_hosts": "cannot be read: MuteError"}
    told = refused(alternative_hosts=hosts(KeyError("x\n" * 99)))["alternative_hosts"]
    assert len(told) < 100


@STEADY
@given(st.text(max_size=40))
def test_any_text_for_an_id_is_a_uuid_or_refused(text: str) -> None:
    assume(text)
    assert "module_id" in refused(module_id=text)

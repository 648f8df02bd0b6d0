"""Texts and keywords of a call: names, hosts, and keywords that are none."""

import collections
import inspect
from typing import Any

import pytest

from luminus_zoom import ZoomClient
from wrapper.tests.preview import refused, sent

OF_A_CALL = inspect.signature(ZoomClient.create_meeting).parameters


@pytest.mark.parametrize("parameter", ["name", "channel_name"])
class TestNames:
    """One line of text, of any script."""

    @pytest.mark.parametrize(
        "text",
        [
            "a\nb",
            "a\tb",
            "\0",
            "a\x1b[31m",
            "a\x7f",
            "a\x85",
            "a\x9f",
            "a\u2028b",
            "a\u2029b",
            "a\u202eb",
            "\u202ab\u202c",
        ],
    )
    def test_a_control_character(self, parameter: str, text: str) -> None:
        problem = refused(**{parameter: text})[parameter]
        assert problem.startswith("must not have control characters (got ")
        assert problem.isprintable()

    @pytest.mark.parametrize(
        "text",
        [
            "\N{WOMAN}\u200d\N{PERSONAL COMPUTER} lab",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u200fCS1010 \u05e9\u05d9\u05e2\u05d5\u05e8\u200e",
            "\u20683\u2069. Vorlesung",
            "\u8bfe\u7a0b\u3000\u4e09",
            "caf\u00e9 e\u0301 \U0001f468\U0001f3fd",
            "\u0bbf",
        ],
    )
    def test_any_script(self, parameter: str, text: str) -> None:
        assert text in sent(**{parameter: text}).values()


@pytest.mark.parametrize(
    "blank", [*("", " ", "\u200d ", "\ufe0f"), *"\u3000\u200b\ufeff\u00ad\u034f\u2063\u2800\u3164"]
)
def test_a_name_that_does_not_show(blank: str) -> None:
    assert refused(name=blank) == {"name": "must not be blank"}


class TestHosts:
    """Addresses and ids."""

    @pytest.mark.parametrize(
        "host",
        [
            *("ann", "ann@", "@u.nus.edu", "ann@@u.nus.edu", "ann@u@nus.edu", "ann@nus", "ann@localhost", "", " "),
            *(
                "ann lee@u.nus.edu",
                "ann@u.nus.edu ben@u.nus.edu",
                "Ann <ann@u.nus.edu>",
                "<ann@u.nus.edu>",
                "ann@1.2.3.4",
            ),
            *("a@u.nus.edu,b@u.nus.edu", "a@u.nus.edu;b@u.nus.edu", "mailto:ann@u.nus.edu", '"ann"@u.nus.edu', "a1"),
            *(
                "ann\u200b@u.nus.edu",
                "ann@u..nus.edu",
                "ann@.nus.edu",
                "ann@nus.edu.",
                "ann.@nus.edu",
                ".ann@nus.edu",
                "a..b@nus.edu",
                "ann@-x.sg",
            ),
            *(
                "a" * 65 + "@nus.edu",
                "a@" + "b." * 130 + "sg",
                "ann lee",
                "Ann_Lee",
                "https://zoom.us/x1",
                "ann@nus.ed\u202eu",
            ),
        ],
    )
    def test_no_host(self, host: str) -> None:
        problem = refused(alternative_hosts=["ben@u.nus.edu", host])["alternative_hosts"]
        assert problem.startswith(("each must be one e-mail address or Zoom user id (got '", "must not have control"))

    @pytest.mark.parametrize(
        "host",
        [
            *(
                "ann@u.nus.edu",
                "Ann.Lee+x@nus.edu.sg",
                "e0123456@u.nus.edu",
                "o'neil@nus.edu",
                "a@b-c.example",
                "\u00e9va@nus.edu",
            ),
            *("\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8", "KDcuGIm1QgePTO8WbOqwIQ", "abcdefghijABCDEFGHIJ-_", "e0123456"),
        ],
    )
    def test_a_host(self, host: str) -> None:
        assert sent(alternative_hosts=[f" {host}\N{SPACE}"])["alternativeHosts"] == host

    @pytest.mark.parametrize("kind", [list, tuple, set, frozenset, collections.deque, iter, dict.fromkeys])
    def test_any_collection(self, kind: Any) -> None:
        assert sent(alternative_hosts=kind(["ann@u.nus.edu"]))["alternativeHosts"] == "ann@u.nus.edu"

    def test_many_wrong_ones_are_told_short(self) -> None:
        problem = refused(alternative_hosts=[*"abcde", "ann@u.nus.edu", *"x" * 2000])["alternative_hosts"]
        assert problem == "each must be one e-mail address or Zoom user id (got 'a', 'b', 'c' and 2,002 more)"

    def test_not_validated_they_are_joined_all_the_same(self) -> None:
        assert sent(alternative_hosts=iter(["ann", "ben"]), validate=False)["alternativeHosts"] == "ann,ben"


class TestUnknownNames:
    """Keywords that are no parameter."""

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            *(
                ("moduleid", "module_id"),
                ("module", "module_id"),
                ("moduleID", "module_id"),
                ("record_typ", "record_type"),
            ),
            *(
                ("startDate", "start"),
                ("start_time", "start"),
                ("isSendEmail", "send_email"),
                ("sendEmail", "send_email"),
            ),
            *(("alternativeHosts", "alternative_hosts"), ("hosts", "alternative_hosts"), ("validated", "validate")),
            *(
                ("publishMutimediaChannel", "publish_multimedia_channel"),
                ("subscriptionkey", "ZoomClient(subscription_key=…)"),
            ),
        ],
    )
    def test_a_misspelt_one(self, name: str, meant: str) -> None:
        assert refused(**{name: 1}) == {name: f"is not a parameter of create_meeting: did you mean {meant}?"}

    @pytest.mark.parametrize(
        "name", [name for name in inspect.signature(ZoomClient).parameters if name not in OF_A_CALL]
    )
    def test_one_of_the_client(self, name: str) -> None:
        told = f"is not a parameter of create_meeting: did you mean ZoomClient({name}=…)?"
        assert refused(**{name: 1}) == {name: told}
        assert refused(**{name: 1}, validate=False) == {name: told}

    def test_one_of_a_call_for_a_preview(self) -> None:
        assert refused(timeout=1) == {"timeout": "is a parameter of create_meeting only"}

    def test_any_name_is_shown_short(self) -> None:
        assert set(refused(**{"x" * 10_000: 1, "a\nb": 1})) == {f"'{'x' * 58}…", "'a\\nb'"}

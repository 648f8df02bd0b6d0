"""What holds a secret shows it nowhere, and looking for secrets takes no time."""

import copy
import json
import pickle
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.pretty import pretty_repr
from rich.traceback import Traceback as RichTraceback

from luminus_zoom import Meeting
from luminus_zoom._request import Credentials
from luminus_zoom._secrets import hidden, mask_headers, mask_text
from wrapper.tests.calls import BODY, HOST_KEY, KEY, PASSWORD, assert_no_secret, call, rich_traceback
from wrapper.tests.fault_server import FaultServer, answer, answering


def quoted(value: object, times: int) -> str:
    """JSON inside so many JSON strings."""
    text = json.dumps(value)
    for _ in range(times):
        text = json.dumps(text)
    return text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"hostKey":"012345","a":1}', '{"hostKey":"***","a":1}'),
        ('{"hostKey" :\n "012345"}', '{"hostKey" :\n "***"}'),
        ('{"HOSTKEY":"a\\"b\\\\","a":1}', '{"HOSTKEY":"***","a":1}'),
        ('{"hostKey":12345,"a":1}', '{"hostKey":"***","a":1}'),
        ('{"hostKey":-1.5e+9}', '{"hostKey":"***"}'),
        ('{"meetingPassword":["x"],"a":1}', '{"meetingPassword":"***","a":1}'),
        ('{"password":{"x":"y"},"a":1}', '{"password":"***","a":1}'),
        ('{"hostKey":["cut', '{"hostKey":"***"'),
        ('{"hostKey":"cut', '{"hostKey":"***"'),
        ('{"hostKey":null}', '{"hostKey":null}'),
        ('{"hostKey":true}', '{"hostKey":true}'),
        ('{"hostKeys":"x"}', '{"hostKeys":"x"}'),
        ('{"host_key":"x","join_url":"y","joinUrl":"z"}', '{"host_key":"***","join_url":"***","joinUrl":"***"}'),
        (
            '{"h323_password":"x","passcode":"y","isSetPassword":true}',
            '{"h323_password":"***","passcode":"***","isSetPassword":true}',
        ),
        (
            "<m><hostKey>1</hostKey><a:Host_Key i='s'>2</a:Host_Key>",
            "<m><hostKey>***</hostKey><a:Host_Key i='s'>***</a:Host_Key>",
        ),
        (
            "<passcode><![CDATA[x]]></passcode><hostKeys>1</hostKeys>",
            "<passcode><![CDATA[***</passcode><hostKeys>1</hostKeys>",
        ),
        ("https://x/s/1?zak=abc&a=1", "https://x/s/1?zak=***&a=1"),
        ("https://x/j/1?pwd=abc&a=1#b", "https://x/j/1?pwd=***&a=1#b"),
        ("https://x/j/1?a=1\\u0026PWD=abc", "https://x/j/1?a=1\\u0026PWD=***"),
        ("pwd%3Dabc%26a", "pwd%3D***"),
        ("https://x/y?subscription-key=abc", "https://x/y?subscription-key=***"),
        ("Bearer abcdefghijklmnopqrst.x", "Bearer ***"),
        ("bearer  abcdefghijklmnopqrst", "bearer  ***"),
        ("Bearer abcdefghijklmnopqrs", "Bearer abcdefghijklmnopqrs"),
        ('Bearer error="invalid_token"', 'Bearer error="invalid_token"'),
        ("nothing secret", "nothing secret"),
        ("http://user:pa55@proxy:3128/", "http://***@proxy:3128/"),
        ("socks5://u:p@ss:w0rd@h", "socks5://***@h"),
        ("mail ann@u.nus.edu, see https://x/y@z", "mail ann@u.nus.edu, see https://x/y@z"),
    ],
)
def test_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_json_inside_json_stays_json(times: int) -> None:
    value = {"hostKey": "012345", "meetingPassword": "a\tb/c", "number": 1, "password": 7}
    masked = mask_text(quoted(value, times))
    for _ in range(times):
        masked = json.loads(masked)
    assert json.loads(masked) == {"hostKey": "***", "meetingPassword": "***", "number": 1, "password": "***"}


def test_credentials_are_masked_the_longest_first() -> None:
    assert mask_text("a secretkey and a key", ["key", "secretkey"]) == "a *** and a ***"


def test_headers() -> None:
    headers = {
        "Authorization": "x",
        "ocp-apim-subscription-key": "x",
        "Set-Cookie": "x",
        "location": "https://x?pwd=abc",
        "x-echo": "the k3y",
        "server": "y",
    }
    assert mask_headers(headers, ["k3y"]) == {
        "Authorization": "***",
        "ocp-apim-subscription-key": "***",
        "Set-Cookie": "***",
        "location": "https://x?pwd=***",
        "x-echo": "the ***",
        "server": "y",
    }


@pytest.mark.parametrize("start", ['"hostKey":"', '\\"hostKey\\":\\"'])
@pytest.mark.parametrize(
    "piece", ["\\", '"hostKey":"', '"hostKey" ', '"hostKey":[', "\\n", "pwd=", "bearer ", "<", "<hostKey>", "</a:"]
)
def test_eight_mebibytes_take_less_than_a_breath(start: str, piece: str) -> None:
    text = start + piece * (2**23 // len(piece))
    began = time.process_time()
    mask_text(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r:>80}",
        lambda secret: f"{secret:>80}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        lambda secret: [secret, {secret: secret}],
        Credentials,
        copy.copy,
        copy.deepcopy,
        lambda secret: secret.__getstate__(),
        lambda secret: RichTraceback.extract(*raised_beside(secret), show_locals=True),
    ],
)
def test_a_credential_is_not_shown(shown: Callable[[Any], object]) -> None:
    assert KEY not in repr(shown(hidden(KEY)))


@pytest.mark.parametrize(
    "taken",
    [
        lambda secret: secret[:80],
        lambda secret: secret + "",
        lambda secret: "" + secret,
        lambda secret: "".join([secret]),
        lambda secret: list(secret),
        lambda secret: secret.encode(),
        lambda secret: json.dumps(secret),
        pickle.dumps,
        lambda secret: vars(secret),
    ],
)
def test_a_credential_is_no_text(taken: Callable[[Any], object]) -> None:
    with pytest.raises((TypeError, AttributeError)) as caught:
        taken(hidden(KEY))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("client", ["sync", "asyncio"])
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"x"), (400, KEY.encode()), (201, b""), (200, BODY[:200]), (201, BODY.replace(b"lecture 3", b"lecture 4"))],
)
def test_rich_shows_no_secret(client: str, status: int, body: bytes) -> None:
    """It looks into attrs classes itself, whatever their repr. structlog prints tracebacks through it."""
    with FaultServer(answering(answer(status, body, f"X-Echo: {KEY}"))) as server:
        ended = call(client, server.url, strict=True)
    assert ended.error
    assert_no_secret([rich_traceback(ended.error)])


def test_rich_shows_a_meeting_masked() -> None:
    meeting = Meeting(password=PASSWORD, host_key=HOST_KEY, name="x", raw={"hostKey": HOST_KEY})
    shown = pretty_repr(meeting)
    assert "name='x'" in shown
    assert_no_secret([shown])


def raised_beside(secret: object) -> tuple[Any, ...]:
    """What sys.exc_info gives for an exception in a frame that has this local."""
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        return sys.exc_info()


def test_what_is_no_text_is_hidden_too() -> None:
    assert hidden(None) is None
    assert hidden(test_headers) is test_headers
    assert "1234" not in repr([hidden(b"1234"), hidden(1234)])
    assert hidden(b"1234").reveal() == b"1234"
    assert hidden(hidden("x")).reveal() == "x"

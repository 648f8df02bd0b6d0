"""What holds a secret shows it nowhere, and looking for secrets takes no time."""

import json
import time

import pytest

from luminus_zoom._request import Credentials
from luminus_zoom._secrets import Secret, hidden, mask_headers, mask_text


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
        ("https://x/j/1?pwd=abc&a=1#b", "https://x/j/1?pwd=***&a=1#b"),
        ("https://x/j/1?a=1\\u0026PWD=abc", "https://x/j/1?a=1\\u0026PWD=***"),
        ("pwd%3Dabc%26a", "pwd%3D***"),
        ("https://x/y?subscription-key=abc", "https://x/y?subscription-key=***"),
        ("Bearer abcdefghijklmnopqrst.x", "Bearer ***"),
        ("bearer  abcdefghijklmnopqrst", "bearer  ***"),
        ("Bearer abcdefghijklmnopqrs", "Bearer abcdefghijklmnopqrs"),
        ('Bearer error="invalid_token"', 'Bearer error="invalid_token"'),
        ("nothing secret", "nothing secret"),
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
@pytest.mark.parametrize("piece", ["\\", '"hostKey":"', '"hostKey" ', '"hostKey":[', "\\n", "pwd=", "bearer "])
def test_eight_mebibytes_take_less_than_a_breath(start: str, piece: str) -> None:
    text = start + piece * (2**23 // len(piece))
    began = time.process_time()
    mask_text(text)
    assert time.process_time() - began < 5


def test_a_hidden_credential_works_and_is_not_shown() -> None:
    key = hidden("k3y")
    assert key == "k3y"
    assert isinstance(key, Secret)
    assert f"{key!r} {[key]} {Credentials(key)}".count("k3y") == 0
    assert f"Bearer {key}" == "Bearer k3y"


def test_what_is_no_text_is_hidden_too() -> None:
    assert hidden(None) is None
    assert hidden(test_headers) is test_headers
    assert hidden(b"k3y") == hidden(12345) == "\0"

"""Servers written in an afternoon: each is broken where it is, and the heading of a cause is enough to find the fault.

The tables are the record of who was right: for each cause the rule that its clauses are, and what the server does.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from contract_tests.tests.servers import processes
from contract_tests.tests.servers.service import FORBIDDEN, KEY, PATH
from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.session import Options, Session

OPTIONS: Final = (
    "isSendEmail, isPublishRecordURL, isWaitingRoom, meetingAuthentication, muteUponEntry, recordType, "
    "authenticationOpt, alternativeHosts, meetingType, exportMultimediaWeb, channelID, channelName, "
    "publishMutimediaChannel"
)
FAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "FastAPI": {
        "The server fails on legal requests": "500 is for the server's own faults: the end of a meeting in year 9999 "
        "overflows, and a lone surrogate cannot be written",
        "Accepted, and ought to be refused: values of another type": "`type`: pydantic converts, unless strict=True; "
        "and `UUID | None` takes a null",
        "Accepted, and ought to be refused: values of another format": "`format`: datetime takes dates and seconds, "
        "UUID takes braces",
        "Accepted, and ought to be refused: bodies that are not JSON, or not all of one": "RFC 8259: Python's json "
        "reads NaN, UTF-16 and a name twice",
        "The server fails on requests that it ought to refuse": "400: the 422 repeats its input, and NaN, 1e400 "
        "or a surrogate cannot be written as JSON",
        "Answered with 422, which the contract does not know": "`responses`: FastAPI's own status for what is invalid",
        "An error's body is not as the contract describes it": "`responses/400/content`: HTTPException writes an "
        "object with `detail`",
    },
    "Flask": {
        "What ought to be refused creates something: route": "RFC 9110, section 9.1, methods are case-sensitive: "
        "Werkzeug's server makes POST of post",
        "What was sent does not come back: name, topic lost its blanks at the ends": "`x-echoes`: the name is stripped",
        "createdDate: format date-time": "`format: date-time` has an offset: datetime.now() has none",
        "The server fails on legal requests": "`format: date-time`: Python's fromisoformat knows no z in lower case, "
        "and no leap second; and 20,000 levels of JSON are too many for its reader",
        "A legal request is refused: media-type": "`requestBody/content`: Flask's get_json() takes application/json "
        "and +json, not text/json",
        f"Nothing checks lessonID, access, {OPTIONS}": "`properties`: they are copied as they are",
        "Accepted, and ought to be refused: values of another format": "`format`: fromisoformat takes dates, UUID() "
        "takes braces",
        "Accepted, and ought to be refused: bodies that are not JSON, or not all of one": "RFC 8259: Python's json "
        "reads NaN, UTF-16 and a name twice",
        "Accepted, and ought to be refused: values of another type": "`type: integer`: int() takes texts and fractions",
        "The server fails on requests that it ought to refuse": "400: int(), UUID() and fromisoformat() raise, and "
        "nothing catches it",
        "An error's body is not as the contract describes it": "`responses/400/content`: abort() answers in HTML, and "
        "the checks with an object",
    },
    "Express": {
        "no error, and no header of any answer, leaks internal details": "RFC 9110, section 17.1: Express shows "
        "stacks unless NODE_ENV=production",
        "An answer goes wrong with an unusual request: *": "`Meeting`: ...options puts whatever was sent into the "
        "answer, over its own properties; and toISOString() writes year 10000 with a sign",
        "The server fails on legal requests": "`requestBody/content`: express.json() reads application/json alone, "
        "and req.body is undefined else",
        "A legal request is refused: moduleID": "`format: uuid` is in either case (RFC 9562): the pattern lacks an i",
        "A legal request is refused: name": "`maxLength` counts characters: length counts UTF-16 units",
        f"Nothing checks lessonID, access, {OPTIONS}": "`properties`: they are copied as they are",
        "Accepted, and ought to be refused: values of another type": "`type`: comparisons convert",
        "Accepted, and ought to be refused: values of another format": "`format`: Date reads much",
        "The server fails on requests that it ought to refuse": "400: an undefined body is taken apart, and an end "
        "that is no date is written",
        "Answered with 200, which the contract does not know": "`responses/201`: res.json() without a status",
        "An error's body is not as the contract describes it": "`responses/400/content` is a text: the checks answer "
        "with an object, Express with HTML",
    },
}
"""By server, the headings of what breaks the documented contract: the rule, and what breaks it."""


@pytest.mark.parametrize("name", FAULTS)
def test_an_average_server_is_broken_where_it_is(name: str, tmp_path: Path) -> None:
    if name == "Express" and not processes.has_express():
        pytest.skip("Express is not installed: node and npm are needed, and make test installs it with them")
    with processes.served(processes.AVERAGE[name], tmp_path) as address:
        base_url = f"http://{address}{PATH.removesuffix('/Meeting')}"
        with Session(Options(base_url, Credentials(KEY, "", FORBIDDEN))) as session:
            session.run_cases()
            report = session.report()
    told = [_starred(cause["title"]) for cause in report["causes"] if cause["severity"] == "failure"]
    assert {*told} == {*FAULTS[name]}
    failing = {clause["id"] for clause in report["clauses"] if clause["severity"] == "failure"}
    assert failing <= {each["id"] for cause in report["causes"] for each in cause["clauses"]}
    assert len(failing) > 3 * len(told), "a heading stands for several clauses"


def _starred(title: str) -> str:
    head, colon, _ = title.partition("unusual request: ")
    return f"{head}{colon}*" if colon else title

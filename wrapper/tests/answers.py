"""The table of answers: every shape in which the service or its gateway was seen to answer, or well may."""

import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from luminus_zoom import errors
from wrapper.tests.calls import BODY, MEETING
from wrapper.tests.fault_server import answer, answering
from wrapper.tests.faults import FULL, HALF, REJECTED, UNKNOWN, Row, created, on, sent, unreadable

TEXT = "text/plain; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"
ASP_NET = "X-Powered-By: ASP.NET"
KEY_CHALLENGE = (
    'WWW-Authenticate: AzureApiManagementKey realm="https://luminus.azure-api.net/zoom",'
    'name="Ocp-Apim-Subscription-Key",type="header"'
)
BEARER_CHALLENGE = 'Bearer error="invalid_token", error_description="The signature is invalid"'
DAILY = (
    "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular "
    "user. You may resume these requests at GMT 00:00:00."
)
HTML = b"<!DOCTYPE html><html><head><title>Sign in\r\n here</title></head><body><p>Sign in</p></body></html>"
PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
TOO_MANY = {"code": 400, "status": "fail", "message": "TooManyRequests"}


# How public APIs tell of a failure under a status of success: where each form is in use, a body, and its code.
FAILURES_IN_BAND: list[tuple[str, Any, int | None]] = [
    ("LumiNUS", {"code": 400, "status": "fail", "message": "TooManyRequests"}, 400),
    ("LumiNUS", {"error": "invalid_grant", "error_description": "MSIS9612: …"}, 400),
    ("Zoom", {"code": 124, "message": "Invalid access token."}, 124),
    ("Zoom", {"code": 124, "message": "Access token is expired."}, 124),
    ("Zoom", {"code": 3001, "message": "Meeting does not exist: 1."}, 3001),
    ("Zoom", {"code": 300, "message": "Validation Failed.", "errors": [{"field": "a", "message": "b"}]}, 300),
    ("Zoom", {"code": 300, "message": "A maximum of 100 meetings can be created for a single user in one day."}, 300),
    ("Zoom 1", {"error": {"code": 403, "message": "Sorry, the maximum number of api requests …"}}, 403),
    ("API Management", {"statusCode": 404, "message": "Resource not found"}, 404),
    ("ASP.NET Core", {"type": "about:blank", "title": "Not Found", "status": 404}, 404),
    ("ASP.NET Core", {"title": "One or more validation errors occurred.", "errors": {"name": ["x"]}}, None),
    ("ASP.NET Core", {"parentID": ["No weblecture found for this module."]}, None),
    ("ASP.NET", {"Message": "x", "ModelState": {"meeting.Name": ["x"]}}, None),
    ("ASP.NET", {"Message": "An error has occurred.", "ExceptionMessage": "x"}, None),
    ("ASP.NET", {"IsSuccess": False, "ErrorMessage": "x"}, None),
    ("ASP.NET Identity", {"Succeeded": False, "Errors": []}, None),
    ("ABP", {"result": None, "success": False, "error": {"code": 0, "message": "x"}, "__abp": True}, 0),
    ("ServiceStack", {"responseStatus": {"errorCode": "ArgumentNullException", "message": ""}}, None),
    ("HCX", {"isSuccess": False, "message": "x", "httpStatusCode": 400}, 400),
    ("Azure", {"error": {"code": "AuthorizationFailed", "message": "x", "details": []}}, None),
    ("Cognitive Services", {"error": {"statusCode": 403, "message": "Out of createGroup volume quota."}}, 403),
    ("OData 2", {"odata.error": {"code": "", "message": {"lang": "en-US", "value": "x"}}}, None),
    ("OData 4", {"error": {"code": "x", "message": "y", "target": "z"}}, None),
    ("Google", {"error": {"code": 403, "errors": [{"reason": "r"}], "status": "PERMISSION_DENIED"}}, 403),
    ("Google Maps", {"status": "REQUEST_DENIED", "error_message": "x", "results": []}, None),
    ("Facebook", {"error": {"message": "x", "type": "OAuthException", "code": 190, "fbtrace_id": "a"}}, 190),
    ("Instagram", {"meta": {"code": 400, "error_type": "OAuthException", "error_message": "x"}}, 400),
    ("Slack", {"ok": False, "error": "invalid_auth"}, None),
    ("Telegram", {"ok": False, "error_code": 401, "description": "Unauthorized"}, 401),
    ("WeChat", {"errcode": 40001, "errmsg": "invalid credential"}, 40001),
    ("WeChat", {"errcode": "80406", "errmsg": "x"}, 80406),
    ("WeChat Pay", {"return_code": "FAIL", "return_msg": "x"}, None),
    ("WeChat", {"base_resp": {"ret": 200003, "err_msg": "invalid session"}}, 200003),
    ("Alibaba Cloud", {"Code": "InvalidParameter", "Message": "x", "RequestId": "r", "HostId": "h"}, None),
    ("Alibaba's guide", {"code": "A0400", "message": "用户请求参数错误", "data": None}, None),
    ("Tencent Cloud", {"code": "5100", "message": "(100004) incorrect projectId"}, 5100),
    ("Baidu", {"error_code": 110, "error_msg": "Access token invalid"}, 110),
    ("JSON-RPC", {"jsonrpc": "2.0", "id": 1, "error": {"code": -32600, "message": "Invalid Request"}}, -32600),
    ("GraphQL", {"errors": [{"message": "x", "path": ["create"]}], "data": {"create": None}}, None),
    ("JSON:API", {"errors": [{"id": "1", "status": "422", "title": "x", "source": {"pointer": "/data"}}]}, 422),
    ("JSend", {"status": "error", "message": "x", "data": None}, None),
    ("JSend", {"status": "fail", "data": {"title": "x"}}, None),
    ("Spring", {"timestamp": "2020", "status": 500, "error": "Internal Server Error", "message": ""}, 500),
    ("Salesforce", [{"errorCode": "INVALID_FIELD", "message": "x"}], None),
    ("Apigee", {"fault": {"faultstring": "x", "detail": {"errorcode": "y"}}}, None),
    ("SOAP as JSON", {"faultcode": "soap:Client", "faultstring": "x"}, None),
    ("Moodle", {"exception": "dml_exception", "errorcode": "x", "message": "y"}, None),
    ("Okta", {"errorCode": "E0000011", "errorSummary": "Invalid token provided", "errorCauses": []}, None),
    ("Akamai", {"stat": "error", "code": 100, "error_description": "x", "error": "missing_argument"}, 100),
    ("PayPal NVP", {"ACK": "Failure", "L_ERRORCODE0": "10002"}, None),
    ("CoinMarketCap", {"status": {"error_code": 1001, "error_message": "x"}}, 1001),
    ("Elgg", {"status": -1, "message": "The reason"}, -1),
    ("Heroku", {"id": "rate_limit", "message": "Your account reached the API rate limit"}, None),
    ("DigitalOcean", {"id": "unauthorized", "message": "Unable to authenticate you."}, None),
    ("Shopify", {"errors": "Exceeded 4 calls per second for api client."}, None),
    ("FastAPI", {"detail": [{"loc": ["body", "name"], "msg": "field required", "type": "missing"}]}, None),
    ("Zulip", {"result": "error", "msg": "x", "code": "BAD_REQUEST"}, None),
    ("PHP", {"status": False, "message": "x"}, None),
    ("PHP", {"success": 0, "msg": "x"}, None),
    ("PHP", {"error": True, "message": "x"}, None),
    ("many", {"success": "false"}, None),
    ("many", {"hasError": True, "data": {}}, None),
    ("many", {"code": 1, "message": "x", "email": "a@example.edu", "name": "b", "userID": "c"}, 1),
    ("many", {"code": 10**30, "message": "x"}, 10**30),
    ("many", {"code": "ERR_BAD_TOKEN", "message": "x"}, None),
    ("many", {"result": {"code": 400, "message": "x"}}, 400),
    ("many", {"error_code": 8008, "success": 1, "message": "x", "data": None}, 8008),
    ("many", {"code": "X12", "message": "y"}, None),
    ("many", {"ret": -1}, -1),
    ("many", {"errorInfo": {"text": "Created record is invalid"}}, None),
    ("many", {"error": 5}, 5),
    ("many", {"statusCode": 400}, 400),
    ("many", {"Error": "x"}, None),
    ("many", {"message": "Login user not authorized"}, None),
    ("many", "Login user not authorized", None),
    ("many", {"created": False}, None),
    ("many", {"Success": "N"}, None),
    ("many", {"responseCode": "05", "responseMessage": "Do not honor"}, 5),
    ("many", {"status": "401", "message": "no"}, 401),
    ("many", {"data": {"error": {"code": "X", "message": "y"}}}, None),
    ("many", {"data": [{"a": 1}] * 90, "error": {"message": "x"}}, None),
    ("GitHub", {"message": "Bad credentials", "documentation_url": "x"}, None),
    ("Django REST framework", {"detail": "Authentication credentials were not provided."}, None),
    ("many", ["An error occurred."], None),
    ("SAP", {"RETURN": [{"TYPE": "E", "NUMBER": "001", "MESSAGE": "Sales org not defined"}]}, None),
    ("GraphQL", {"data": {"create": {"__typename": "ValidationError", "message": "taken"}}}, None),
    ("Symfony", {"title": "x", "violations": [{"propertyPath": "name", "message": "y"}]}, None),
    ("Sales Layer", {"validationFailures": {"a": ["b"]}}, None),
    ("Zoom", {"code": 200, "message": "No permission."}, 200),
    ("Kong", {"message": "No API key found in request"}, None),
    ("Docker", {"message": "No such container"}, None),
    ("Mailgun", {"message": "'from' parameter is not a valid address"}, None),
    ("Java", {"resCode": 1, "resMsg": "x"}, 1),
    ("Java", {"flag": False, "message": "x"}, None),
    ("Java", {"successFlag": False}, None),
    ("Japan", {"result": "NG"}, None),
    ("many", {"status": "E", "message": "x"}, None),
    ("many", {"status": "aborted"}, None),
    ("many", "You do not have permission to create meetings", None),
    ("many", "Server is busy. Please try again later.", None),
    ("many", "您没有权限", None),
]

NO_FAILURES: list[Any] = [
    {}, [], "", None, 5, True, "Created", b"", b"ok", b"Meeting created", {"name": "x"}, {"ok": True},
    {"status": "success", "code": 200, "total": 0, "offset": 0, "data": None},
    {"errcode": 0, "errmsg": "ok"}, {"errcode": "0"}, {"errorCode": None, "errorMessage": ""}, {"errorCode": "0000"},
    {"code": 0, "msg": "success"}, {"Code": "OK", "Message": "OK"}, {"code": "00000", "message": "成功"},
    {"code": 20000, "message": "success"}, {"code": 1, "message": "Operation completed successfully"},
    {"success": True, "error": None, "errors": []}, {"error": {"code": 0, "message": "Success"}},
    {"error": {"code": "", "message": "", "innererror": None}}, {"error": "none"}, {"errors": {"name": []}},
    {"status": 1, "message": "Meeting scheduled"}, {"status": "waiting"}, {"return_code": "SUCCESS"},
    {"status": "ok", "message": "Meeting was created without errors"}, {"code": 399}, {"default": "x", "result": 0},
    {"name": "error", "startDate": "How to fail"}, {"code": "X12"}, {"error": "There are no errors"},
    {"hasError": "false", "errorCount": 0}, {"type": 2, "state": "scheduled"}, {"code": "X12", "message": "succeeded"},
    {"status": "Success", "code": 1, "message": "Meeting queued"}, {"code": "I0000", "message": "处理成功"},
]  # fmt: skip

# Web pages as front ends write them, and how they are told.
PAGES: list[tuple[bytes, str]] = [
    (HTML, "a web page titled Sign in here"),
    (HTML.decode().encode("utf-16"), "a web page titled Sign in here"),
    (json.dumps(HTML.decode()).encode(), "a web page titled Sign in here"),
    (b"\xef\xbb\xbf<HTML><HEAD><TITLE lang=en>A &amp; B</TITLE>", "a web page titled A & B"),
    (
        b'<?xml version="1.0"?>\r\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/x.dtd">'
        b'<html xmlns="http://www.w3.org/1999/xhtml"><title>403 - Forbidden: Access is denied.</title>',
        "a web page titled 403 - Forbidden: Access is denied.",
    ),
    (b"<html>\r\n<head><title>429 Too Many Requests</title></head>", "a web page titled 429 Too Many Requests"),
    (b"<!--[if lt IE 7]> <html class=ie6> <![endif]--><title>x</title>", "a web page titled x"),
    (b"<!-- a - b -->\n<!doctype html><title>Web App - Unavailable</title>", "a web page titled Web App - Unavailable"),
    (b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available", "a web page without a title"),
    (b"<h2>Our services aren't available right now</h2><p>We're working", "a web page without a title"),
    (b"<p>no title</p>", "a web page without a title"),
    (b"<html><title>\n</title>", "a web page without a title"),
    (b"<html><title" * 3, "a web page without a title"),
    (b"<html><script>x = " + BODY + b"</script>", "a web page without a title"),
]


def encoded(value: Any) -> bytes:
    """Compact JSON, as ASP.NET writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def gateway(status: int, message: str, *headers: str, **more: str) -> bytes:
    """An answer in the gateway's own form, with its spaces."""
    text = json.dumps({"statusCode": status, "message": message, **more})
    return answer(status, f"{{ {text[1:-1]} }}".encode(), *headers)


def service(status: int, value: Any, kind: str = "application/json; charset=utf-8") -> bytes:
    """An answer of the service behind the gateway."""
    return answer(status, value if isinstance(value, bytes) else encoded(value), ASP_NET, kind=kind)


def row(template: functools.partial[Row], name: str, *answers: bytes, **more: Any) -> Row:
    """A row for a server that gives these answers, one a request."""
    return template(name, on(answering(*answers)), **more)


def changed(**values: Any) -> Mapping[str, Any]:
    """The meeting with other values."""
    return {**MEETING, **values}


rejected = functools.partial(Row, outcome=REJECTED, kept="body")
unknown = functools.partial(Row, outcome=UNKNOWN, kept="body")
RATE = gateway(429, "Rate limit is exceeded. Try again in 0 seconds.", "Retry-After: 0")
ENVELOPE = {"status": "success", "code": 200, "total": 1, "offset": 0, "data": MEETING}

SUCCESSES = [
    row(created, "status 200", answer(200, BODY), status=200),
    row(created, "status 202", answer(202, BODY), status=202),
    row(created, "envelope", service(200, ENVELOPE), status=200),
    row(created, "envelope with a failure's words", service(201, {**ENVELOPE, "status": "error"})),
    row(created, "labelled as text", answer(201, BODY, kind="text/plain; charset=utf-8")),
    row(created, "labelled as HTML", answer(201, BODY, kind="text/html")),
    row(created, "without a label", answer(201, BODY, kind="")),
    row(created, "wrong charset", answer(201, encoded(changed(name="冬")), kind="application/json; charset=latin-1")),
    row(created, "charset that does not exist", answer(201, BODY, kind="application/json; charset=klingon")),
    row(created, "byte-order mark", answer(201, b"\xef\xbb\xbf" + BODY)),
    row(created, "UTF-16", answer(201, BODY.decode().encode("utf-16"))),
    row(
        created,
        "Latin-1",
        answer(201, encoded(changed(name="Zoë")).decode().encode("latin-1"), kind="application/json; charset=latin-1"),
    ),
    row(created, "bytes that are not UTF-8", answer(201, BODY.replace(b"lecture", b"lec\xffture"))),
    row(created, "JSON inside a JSON string", answer(201, encoded(BODY.decode()))),
    row(created, "nulls", service(201, {**dict.fromkeys(MEETING), "id": MEETING["id"]})),
    row(created, "empty texts", service(201, {**dict.fromkeys(MEETING, ""), "id": MEETING["id"]})),
    row(created, "objects for values", service(201, {**{name: {"a": [1]} for name in MEETING}, "id": MEETING["id"]})),
    row(created, "numbers for values", service(201, {**dict.fromkeys(MEETING, 1e300), "id": MEETING["id"]})),
    row(created, "only an id", service(201, {"id": MEETING["id"]})),
    row(created, "unknown properties", service(201, changed(newProperty={"deep": [{}]}))),
    row(created, "NaN", answer(201, BODY.replace(b'"meetingDuration":90', b'"meetingDuration":NaN'))),
    row(created, "a meeting that says fail", service(201, changed(status="fail", code=400, message="TooManyRequests"))),
    row(unreadable, "no content", answer(204, b"", ASP_NET, length=-1, kind=""), status=204),
    row(unreadable, "empty", answer(201)),
    row(unreadable, "null", answer(201, b"null"), kept="body"),
    row(unreadable, "a list", answer(201, b"[1]"), kept="body"),
    row(unreadable, "a word", answer(201, b'"Created"'), kept="body"),
    row(unreadable, "a text", answer(201, b"Created", kind=TEXT), kept="body"),
    row(unreadable, "another object", answer(201, b'{"ok":true}'), kept="body"),
    row(unreadable, "a web page", answer(200, HTML, kind="text/html"), kept="body", status=200),
    row(unreadable, "cut off", answer(201, HALF), kept="meeting"),
    row(unreadable, "cut off within the id", answer(201, BODY[: BODY.index(b"name") - 3]), kept="meeting"),
    row(unreadable, "too deep", answer(201, b'{"x":' * 100_000), kept="body"),
    row(unreadable, "a long number", answer(201, BODY[:-1] + b',"x":' + b"9" * 5000 + b"}"), kept="meeting"),
    row(unreadable, "commas too many", answer(201, BODY[:-1] + b",}"), kept="meeting"),
    row(unreadable, "an empty object", service(201, {}), kept="body"),
    row(unreadable, "what the request said", service(201, {"name": MEETING["name"]}), kept="body"),
    row(created, "an array of one meeting", service(201, [MEETING])),
    row(created, "a result", service(200, {"result": MEETING, "success": True}), status=200),
    row(unreadable, "a web page of 201", answer(201, HTML, ASP_NET), kept="body"),
    row(
        unknown,
        "in band 124",
        service(200, {"code": 124, "message": "Invalid access token."}),
        error=errors.InBandFailureError,
    ),
    row(unknown, "in band flag", service(200, {"success": False}), error=errors.InBandFailureError),
    row(rejected, "in band a second", service(200, {"code": 429, "message": PER_SECOND}), error=errors.RateLimitError),
    row(rejected, "in band 400", service(200, TOO_MANY), error=errors.RateLimitError),
    row(rejected, "in band 400 as text", answer(200, encoded(TOO_MANY), kind=TEXT), error=errors.RateLimitError),
    row(rejected, "in band 404", service(200, {"code": 404, "message": "x"}), error=errors.InBandFailureError),
    row(unknown, "in band 500", service(200, {"code": 500, "message": "x"}), error=errors.InBandFailureError),
    row(unknown, "in band, no code", service(200, {"status": "fail"}), error=errors.InBandFailureError),
    row(unknown, "in band error", service(201, {"error": "x"}), error=errors.InBandFailureError),
    row(
        rejected,
        "in band token error",
        answer(200, encoded({"error": "invalid_grant", "error_description": "MSIS9612: …"}), kind=TEXT),
        error=errors.InBandFailureError,
    ),
    row(rejected, "in band daily limit", service(200, {"code": 429, "message": DAILY}), error=errors.DailyLimitError),
    row(rejected, "daily limit as text", answer(200, DAILY.encode(), kind=TEXT), error=errors.DailyLimitError),
    row(rejected, "too many as a word", answer(200, b'"TooManyRequests"'), error=errors.RateLimitError),
]

REFUSALS = [
    row(rejected, "400 text", service(400, b"duration: must be 15 to 1485", TEXT), error=errors.BadRequestError),
    row(rejected, "400 quoted", service(400, "duration: must be 15 to 1485"), error=errors.BadRequestError),
    row(rejected, "400 fields", service(400, {"parentID": ["Not found."]}), error=errors.BadRequestError),
    row(
        rejected,
        "400 problem+json",
        service(400, {"title": "Errors.", "status": 400, "errors": {"duration": ["No."]}}, PROBLEM),
        error=errors.BadRequestError,
    ),
    row(rejected, "400 gateway", gateway(400, "Bad request"), error=errors.BadRequestError),
    row(rejected, "400 empty", service(400, b""), error=errors.BadRequestError, kept=""),
    row(rejected, "400 web page", answer(400, HTML, kind="text/html"), error=errors.BadRequestError),
    row(rejected, "400 garbage", answer(400, bytes(range(256))), error=errors.BadRequestError),
    row(rejected, "400 a meeting", answer(400, BODY), error=errors.BadRequestError),
    row(rejected, "400 half a meeting", answer(400, HALF), error=errors.BadRequestError),
    row(rejected, "400 a list of meetings", service(400, {"data": [MEETING]}), error=errors.BadRequestError),
    rejected("400 cut off", sent(answer(400, b'{"duration":["No', length=99)), error=errors.BadRequestError),
    row(rejected, "400 too many", service(400, "TooManyRequests"), error=errors.RateLimitError),
    row(rejected, "400 rate limit", service(400, {"code": 429, "message": PER_SECOND}), error=errors.RateLimitError),
    row(rejected, "400 daily limit", service(400, {"code": 429, "message": DAILY}), error=errors.DailyLimitError),
    row(
        rejected,
        "401 key",
        gateway(401, "Access denied due to invalid subscription key. …", KEY_CHALLENGE),
        error=errors.InvalidSubscriptionKeyError,
    ),
    row(
        rejected,
        "401 key, no body",
        answer(401, b"", KEY_CHALLENGE),
        error=errors.InvalidSubscriptionKeyError,
        kept="",
    ),
    row(rejected, "401 JWT at the gateway", gateway(401, "JWT not present."), error=errors.InvalidTokenError),
    row(
        rejected,
        "401 token",
        answer(401, b"", ASP_NET, f"WWW-Authenticate: {BEARER_CHALLENGE}", kind=""),
        error=errors.InvalidTokenError,
        kept="",
    ),
    row(
        rejected,
        "401 token twice",
        answer(401, b"", ASP_NET, f"WWW-Authenticate: {BEARER_CHALLENGE}, {BEARER_CHALLENGE}", kind=""),
        error=errors.InvalidTokenError,
        kept="",
    ),
    row(rejected, "401 bare", answer(401, b"", ASP_NET, kind=""), error=errors.InvalidTokenError, kept=""),
    row(rejected, "403 role", service(403, b"Login user not authorized", TEXT), error=errors.ForbiddenError),
    row(rejected, "403 role quoted", service(403, "Login user not authorized"), error=errors.ForbiddenError),
    row(rejected, "403 web page", answer(403, HTML, kind="text/html"), error=errors.ForbiddenError),
    row(rejected, "403 empty", service(403, b""), error=errors.ForbiddenError, kept=""),
    row(
        rejected,
        "403 quota",
        gateway(403, "Out of call volume quota. Quota will be replenished in 03:14:17.", "Retry-After: 11657"),
        error=errors.QuotaExceededError,
    ),
    row(rejected, "403 address", gateway(403, "Forbidden"), error=errors.AddressForbiddenError),
    row(rejected, "404", gateway(404, "Resource not found"), error=errors.NotFoundError),
    row(rejected, "404 web page", answer(404, HTML, kind="text/html"), error=errors.NotFoundError),
    row(rejected, "415 empty", service(415, b""), error=errors.UnsupportedMediaTypeError, kept=""),
    row(rejected, "415 problem", service(415, {"title": "x"}, PROBLEM), error=errors.UnsupportedMediaTypeError),
    row(rejected, "413", answer(413, HTML, kind="text/html"), error=errors.RejectedError),
    row(rejected, "429 gateway", RATE, error=errors.RateLimitError, retryable=True, requests=2, attempts=2),
    row(created, "429 gateway, then a meeting", RATE, FULL, requests=2, attempts=2),
    row(
        created,
        "429 gateway without Retry-After, then a meeting",
        gateway(429, "Rate limit is exceeded."),
        FULL,
        requests=2,
        attempts=2,
    ),
    row(
        rejected,
        "429 gateway, an hour",
        gateway(429, "Rate limit is exceeded. Try again in 3600 seconds.", "Retry-After: 3600"),
        error=errors.RateLimitError,
        retryable=True,
    ),
    row(
        rejected,
        "429 gateway, a date",
        gateway(
            429,
            "Rate limit is exceeded.",
            f"Retry-After: {format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)}",
        ),
        error=errors.RateLimitError,
        retryable=True,
    ),
    row(rejected, "429 Zoom", service(429, {"code": 429, "message": "x"}), error=errors.RateLimitError),
    row(
        rejected,
        "429 marked as the service's",
        service(429, {"statusCode": 429, "message": "x"}),
        error=errors.RateLimitError,
    ),
    row(rejected, "429 daily", service(429, {"code": 429, "message": DAILY}), error=errors.DailyLimitError),
    row(
        rejected,
        "429 daily in the gateway's form",
        gateway(429, DAILY, "Retry-After: 0"),
        error=errors.DailyLimitError,
    ),
    row(rejected, "429 empty", answer(429, b"", "Retry-After: 0"), error=errors.RateLimitError, kept=""),
    row(rejected, "429 web page", answer(429, HTML, "Retry-After: 0"), error=errors.RateLimitError),
]

FAILURES = [
    row(unknown, "500 empty", service(500, b"", TEXT), error=errors.ServerError, kept=""),
    row(unknown, "500 text", service(500, b"Server Error", TEXT), error=errors.ServerError),
    row(unknown, "500 quoted", service(500, "Server Error"), error=errors.ServerError),
    row(
        unknown,
        "500 gateway",
        gateway(500, "Internal server error", activityId="5b1f0c52-6d2e-4f3a-9d52-0d7c3c8e9a10"),
        error=errors.ServerError,
    ),
    row(unknown, "500 web page", answer(500, HTML, kind="text/html"), error=errors.ServerError),
    row(unknown, "500 a meeting", answer(500, BODY), error=errors.ServerError),
    row(unknown, "500 half a meeting", answer(500, HALF), error=errors.ServerError),
    row(unknown, "500 a meeting in UTF-16", answer(500, BODY.decode().encode("utf-16")), error=errors.ServerError),
    row(unknown, "500 too many", service(500, TOO_MANY), error=errors.RateLimitError),
    row(unknown, "500 rate limit", service(500, {"code": 429, "message": PER_SECOND}), error=errors.RateLimitError),
    row(unknown, "500 daily", service(500, {"code": 429, "message": DAILY}), error=errors.DailyLimitError),
    row(unknown, "502", answer(502, HTML, kind="text/html"), error=errors.ServerError),
    row(unknown, "503 to come back", answer(503, b"x", "Retry-After: 0"), error=errors.ServerError),
    row(unknown, "504", answer(504, b""), error=errors.ServerError, kept=""),
    row(unknown, "520", answer(520, b"error code: 520", kind=TEXT), error=errors.ServerError),
    row(unknown, "599", answer(599, b"x"), error=errors.ServerError),
    row(unknown, "600", answer(600, b"x"), error=errors.UnexpectedStatusError),
    row(unknown, "301", answer(301, b"", "Location: /x"), error=errors.UnexpectedStatusError, kept=""),
    row(unknown, "302 to a web page", answer(302, HTML, "Location: /x"), error=errors.UnexpectedStatusError),
    row(unknown, "303", answer(303, b"", "Location: /x"), error=errors.UnexpectedStatusError, kept=""),
    row(unknown, "307", answer(307, b"", "Location: /x"), error=errors.UnexpectedStatusError, kept=""),
]

"""The service as a Flask app; `gunicorn contract_tests.tests.servers.with_flask:app` serves it."""

from flask import Flask, Response, request

from contract_tests.tests.servers import service

app = Flask(__name__)


@app.post(service.PATH)
def add_meeting() -> Response:
    """Create a meeting, or say why not."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    reply = service.create(headers, request.query_string.decode("latin-1"), request.get_data())
    return Response(reply.encoded(), reply.status, reply.headers, content_type=reply.media_type or None)

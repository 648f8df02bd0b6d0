"""The service as an aiohttp app; `python -m contract_tests.tests.servers.with_aiohttp PORT` serves it."""

import sys

from aiohttp import web

from contract_tests.tests.servers import service


async def add_meeting(request: web.Request) -> web.Response:
    """Create a meeting, or say why not."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        body = await request.read()
    except web.RequestPayloadError:  # a body that is not compressed as its label says
        return web.Response(status=400, text="This is not JSON.")
    reply = service.create(headers, request.rel_url.raw_query_string, body)
    label = {"Content-Type": reply.media_type} if reply.media_type else {}
    return web.Response(body=reply.encoded(), status=reply.status, headers={**reply.headers, **label})


app = web.Application()
app.router.add_post(service.PATH, add_meeting)

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)

"""The service as a FastAPI app; `uvicorn contract_tests.tests.servers.with_fastapi:app` serves it."""

from fastapi import FastAPI, Request, Response

from contract_tests.tests.servers import service

app = FastAPI()


@app.post(service.PATH)
async def add_meeting(request: Request) -> Response:
    """Create a meeting, or say why not."""
    reply = service.create(dict(request.headers), request.url.query, await request.body())
    return Response(reply.encoded(), reply.status, reply.headers, media_type=reply.media_type or None)

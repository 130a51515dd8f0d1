"""The ASGI application: reads a request, has it answered in a thread, sends the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from shotprint.api.call import Call, Gateway, HttpAnswer, HttpRequest
from shotprint.api.chain import answer_call, error_answer
from shotprint.api.model import PRODUCTS, load_spec
from shotprint.api.results import RESULTS, serve_result
from shotprint.api.serialise import Format
from shotprint.api.throttle import Throttle
from shotprint.api.wire_errors import WireError
from shotprint.service.checks import now
from shotprint.wiring import App

__all__ = ["create_app", "create_gateway"]

_THREADS = 4  # that answer calls: more only take the interpreter from one another, and answer fewer
_DRAINED = 8  # times the limit: so much of a body that is too large is read before the refusal


def create_gateway(app: App) -> Gateway:
    """What the request path works with, on the real clock."""
    specs = map(load_spec, PRODUCTS)
    return Gateway(app, {spec.version: spec for spec in specs}, Throttle(app.settings.rate_storage), now)


def create_app(app: App, gateway: Gateway | None = None) -> Starlette:
    """The server: RPC calls at ``/``, result files behind signed links, ``GET /healthz`` for operators. Closing
    `app` stays with the caller.

    Parameters
    ----------
    gateway : another clock or other rates than those of `create_gateway`.
    """
    gateway = gateway or create_gateway(app)
    routes = [
        Route("/", RpcEndpoint(gateway)),
        Route(f"{RESULTS}/{{name}}", results_endpoint(gateway)),
        Route("/healthz", _healthz),
    ]
    server = Starlette(routes=routes, exception_handlers={HTTPException: _no_such_path(gateway)})
    server.router.redirect_slashes = False
    return server


class RpcEndpoint:
    """Everything at ``/``, whatever the method."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._threads = CapacityLimiter(_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await _read_body(request, self._gateway.app.settings.max_body_bytes)
        except ClientDisconnect:
            return
        http = _http_request(request, body)
        answer = await to_thread.run_sync(answer_call, self._gateway, http, limiter=self._threads)
        await _response(answer)(scope, receive, send)


async def _read_body(request: Request, limit: int) -> bytes | None:
    """The body, or None when it is larger than `limit`.

    A body that is not much larger is read to its end and dropped: many clients listen only once they have
    sent everything.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > _DRAINED * limit:
            break
    return b"".join(chunks) if size <= limit else None


def _http_request(request: Request, body: bytes | None) -> HttpRequest:
    return HttpRequest(
        method=request.method,
        path=request.scope["path"],
        query=request.scope["query_string"],
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("utf-8", "replace").strip())
            for name, value in request.headers.raw
        ),
        body=body,
        scheme=request.scope.get("scheme", "http"),
    )


def _response(answer: HttpAnswer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


def results_endpoint(gateway: Gateway) -> Callable[[Request], Awaitable[Response]]:
    """Files behind the links that answers hold."""

    async def endpoint(request: Request) -> Response:
        http = _http_request(request, b"")
        answer = await run_in_threadpool(serve_result, gateway, http, request.path_params["name"])
        return _response(answer)

    return endpoint


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def _no_such_path(gateway: Gateway) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Another path than ours, or a method that ``/healthz`` does not have."""

    async def answer(request: Request, exc: Exception) -> Response:
        call = Call(_http_request(request, b""), now=gateway.clock(), form=Format.JSON)
        method_wrong = isinstance(exc, HTTPException) and exc.status_code == 405
        error = WireError("UnsupportedHTTPMethod" if method_wrong else "InvalidApi.NotFound")
        return _response(error_answer(gateway, call, error))

    return answer

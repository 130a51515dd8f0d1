"""What every answer of the console tells the browser not to do."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
    )
)
"""Everything comes from this server, and no script or style stands in a page."""

FILE_POLICY = f"{POLICY}; sandbox"
"""Of whatever is no page: opened by itself it can do nothing, be it what it may."""

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # not no-referrer: browsers then send forms without their origin
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_STATIC = "public, max-age=31536000, immutable"  # addresses of static files carry a digest of the file
_PAGES = "no-store"


class SecureHeaders:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        static = scope["path"].startswith(f"{scope.get('root_path', '')}/static/")
        versioned = static and scope.get("query_string", b"").startswith(b"v=")

        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                page = headers.get("content-type", "").startswith("text/html")
                headers["content-security-policy"] = POLICY if page else FILE_POLICY
                if versioned and message["status"] == 200:
                    headers["cache-control"] = _STATIC
                elif not static:
                    headers.setdefault("cache-control", _PAGES)
            await send(message)

        await self._app(scope, receive, send_more)

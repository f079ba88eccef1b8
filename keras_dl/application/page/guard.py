"""What requests may be, and what the page may load."""

from typing import Any

import starlette.middleware
from gradio.route_utils import FnIndexInferError

MOST_BYTES = 16 * 2**20
"""Size of an uploaded file."""
_MOST_IN_REQUEST = MOST_BYTES * 3 // 2  # for base64

# Scripts of Gradio stand in its page. Nothing is loaded from another machine.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "connect-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)


class Guard:
    """ASGI middleware that refuses requests to other hosts and requests that are too large.

    A page of another site could send requests to 127.0.0.1 under a host name of its own.

    Args:
        app: ASGI application.
        hosts: list of str. The allowed values of the header `Host`.
    """

    def __init__(self, app: Any, hosts: list[str]) -> None:
        self._app, self._hosts = app, hosts

    @classmethod
    def for_port(cls, port: int) -> starlette.middleware.Middleware:
        """Returns the middleware of a server on a port of this machine."""
        hosts = [f"127.0.0.1:{port}", f"localhost:{port}"]
        return starlette.middleware.Middleware(cls, hosts=hosts)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers a request, or passes it on and adds the content security policy."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        if refused := self._refused(scope["method"], headers):
            while (await receive()).get("more_body"):  # who is still sending reads no reply
                pass
            await _reply(send, *refused)
            return

        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", _POLICY.encode())
                message = {**message, "headers": [*message.get("headers", []), policy]}
            await send(message)

        try:
            await self._app(scope, receive, send_with_policy)
        except UnicodeDecodeError:  # FastAPI fails so on bytes in place of JSON
            await _reply(send, 400, "the request must be JSON in UTF-8.")
        except FnIndexInferError:  # Gradio fails so on a name that it does not have
            await _reply(send, 404, "there is no model of this name.")

    def _refused(self, method, headers):
        if headers.get(b"host", b"").decode("latin-1") not in self._hosts:
            return 421, "the host must be 127.0.0.1 or localhost."
        if method in ("GET", "HEAD", "OPTIONS"):
            return None
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            return 411, "the request must state its length."
        if int(length) > _MOST_IN_REQUEST:
            return (
                413,
                f"a request may have {_MOST_IN_REQUEST:,} bytes. Received {int(length):,}.",
            )
        return None


async def _reply(send, status, text):
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})

"""Adds the security headers to every answer of the app."""

from flask import Flask, Response, g, request

from operational.kernel.presentation.headers import security_headers


def install(app: Flask) -> None:
    """Add the headers to every answer of the app."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = security_headers(
        nonce=g.get("csp_nonce", ""),
        is_secure=request.is_secure,
        is_static=request.endpoint in {"static", "kit"},
    )
    for name, value in headers.items():
        response.headers[name] = value
    return response

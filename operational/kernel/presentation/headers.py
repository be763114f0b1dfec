"""Security headers of every answer of our web apps; pages with personal data are never cached."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none';"
    " form-action 'self'"
)


def security_headers(*, nonce: str, is_secure: bool, is_static: bool) -> dict[str, str]:
    """Return the headers of one answer.

    `nonce` lets the page's own scripts run. The address of a static file carries its version (?v=), so a
    browser may keep it; everything else is not stored anywhere.
    """
    headers = _ALWAYS | {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
    headers["Cache-Control"] = "public, max-age=86400" if is_static else "no-store"
    if is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers

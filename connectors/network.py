"""Which addresses a secret may be sent to: by TLS, or to this machine alone."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address (IPv6 with or without brackets) is this machine itself.

    No name is resolved: of all names only `localhost` counts.
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_secure_url(url: str) -> bool:
    """Whether a token may be sent to a URL: https to any host, http to loopback only."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")

"""A server on loopback that answers all too slowly, as no transport without a socket can."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler


class Drip(BaseHTTPRequestHandler):
    """A server that sends bytes slowly, each within the timeout of one read; /whole is one byte."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        length = 1 if self.path == "/whole" else 10**9
        self.send_header("Content-Length", str(length))
        self.end_headers()
        try:
            for _ in range(length):
                self.wfile.write(b" ")
                time.sleep(0.02)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

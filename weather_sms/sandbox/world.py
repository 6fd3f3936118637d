"""The sandbox as a whole: a transport or a loopback server in front of the miniature services."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import httpx

from weather_sms.sandbox.days import DAYS, SampleDay
from weather_sms.sandbox.github import MiniGitHub
from weather_sms.sandbox.ntfy import MiniNtfy
from weather_sms.sandbox.nws import MiniNws
from weather_sms.sandbox.open_meteo import MiniOpenMeteo
from weather_sms.sandbox.openweather import MiniOpenWeather
from weather_sms.sandbox.twilio_messages import MiniTwilio
from weather_sms.weather import PREFIXES

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Fault:
    """An answer in place of the service's own, for the next `times` requests to a path with `path`.

    `processed`: the service does its work all the same; only its answer is lost.
    """

    path: str
    answer: Answer
    times: int
    method: str
    processed: bool

    def meets(self, request: httpx.Request) -> bool:
        """Whether a request runs into this."""
        return (
            self.times > 0 and self.path in request.url.path and self.method in ("", request.method)
        )


@dataclass
class Sandbox:
    """Sample weather, a pretend Twilio and ntfy; `env` holds the settings for texts to a phone.

    `origin` is where it listens, while it does. `now` is its clock; `every_day`: the sample days
    are those of any date.
    """

    days: tuple[SampleDay, ...] = tuple(DAYS.values())
    requests: list[httpx.Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    origin: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    every_day: bool = False

    def __post_init__(self) -> None:
        self.openweather = MiniOpenWeather(
            self.days, (lambda: self.now()) if self.every_day else None
        )
        self.open_meteo = MiniOpenMeteo(self.days, lambda: self.now(), lambda: self.every_day)
        self.nws = MiniNws()
        self.twilio = MiniTwilio(lambda: self.now())
        self.ntfy = MiniNtfy(lambda: self.now())
        self.github = MiniGitHub(lambda: self.now())
        self.inbox: list[str] = []
        self._lock = Lock()

    @property
    def env(self) -> dict[str, str]:
        """Settings for one subscription to the first day's place."""
        return {
            "OPENWEATHER_API_KEY": self.openweather.key,
            "TWILIO_ACCOUNT_SID": self.twilio.account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio.auth_token,
            "TWILIO_SENDER_NUMBER": self.twilio.numbers[0],
            "WEATHER_TO": "+1 (555) 012-3467",
            "WEATHER_PLACE": f"{self.days[0].zip},{self.days[0].country}",
            "TWILIO_BASE_URL": self.origin,
            "NTFY_BASE_URL": self.origin,
            **{f"{prefix}_BASE_URL": self.origin for prefix in PREFIXES.values()},
        }

    @property
    def transport(self) -> httpx.MockTransport:
        """All services behind one transport, without a socket."""
        return httpx.MockTransport(self.handle)

    def fail(
        self, path: str, answer: Answer, times: int = 1, method: str = "", processed: bool = False
    ) -> None:
        """Answer the next `times` requests (of `method`) whose path holds `path` with this."""
        self.faults.append(Fault(path, answer, times, method, processed))

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises what a fault was told to raise."""
        request.read()
        with self._lock:
            self.requests.append(request)
            fault = next((fault for fault in self.faults if fault.meets(request)), None)
            if fault is None:
                return self._answer(request)
            fault.times -= 1
            if fault.processed:
                self._answer(request)
        if isinstance(fault.answer, Exception):
            raise fault.answer
        return fault.answer(request) if callable(fault.answer) else fault.answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        first = request.url.path.split("/")[1]
        if request.url.path in ("/v1/forecast", "/v1/search"):
            return self.open_meteo.handle(request)
        if first == "alerts":
            return self.nws.handle(request)
        if first in ("geo", "data"):
            return self.openweather.handle(request)
        if first == "inbox":  # a web hook, such as Apprise's json:// calls
            self.inbox.append(request.content.decode())
            return httpx.Response(200)
        if first == "repos":
            return self.github.handle(request)
        return (
            self.twilio.handle(request)
            if first in ("2010-04-01", "v1")
            else self.ntfy.handle(request)
        )

    @contextmanager
    def serve(self, latency_s: float = 0.0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
        """The same on a loopback socket, each answer after `latency_s`; gives the origin."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, latency_s))
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self.origin = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
        try:
            yield self.origin
        finally:
            self.origin = ""
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(sandbox: Sandbox, latency_s: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body leave together

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def log_message(self, *_: object) -> None:
            """Requests are kept in `Sandbox.requests`; nothing is printed."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = f"http://{self.headers['Host']}{self.path}"
            time.sleep(latency_s)
            try:
                response = sandbox.handle(
                    httpx.Request(self.command, url, headers=dict(self.headers), content=body)
                )
            except httpx.TransportError:
                self.close_connection = True
                return
            content = response.read()
            self.send_response(response.status_code)
            self.send_header(
                "Content-Type", response.headers.get("Content-Type", "application/json")
            )
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler

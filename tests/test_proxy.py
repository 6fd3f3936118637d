"""Behind a company's proxy: a real proxy, a real TLS server, and the program as a process."""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from tests.conftest import Run
from weather_sms.http import open_client
from weather_sms.sandbox import Sandbox

POINT = "37.7195,-122.4411"


class Proxy:
    """The program of the package proxy.py; its log has a line for each connection."""

    def __init__(self, log: Path) -> None:
        self._log = log
        port_file = log.with_suffix(".port")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0"),
                *("--port-file", str(port_file), "--log-file", str(log), "--num-workers", "1"),
                *("--num-acceptors", "1"),
            ]
        )
        while not (port_file.exists() and port_file.read_text("ascii").strip()):
            assert self._process.poll() is None, "proxy.py did not start"
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{port_file.read_text('ascii').strip()}"

    def asked_for(self, origin: str) -> bool:
        """Whether anything went to an origin; a connection is logged when it ends."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            if origin.split("://")[1] in self._log.read_text("utf-8"):
                return True
            time.sleep(0.05)
        return False

    def is_untouched(self) -> bool:
        return " - CONNECT " not in self._log.read_text("utf-8")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    running = Proxy(tmp_path / "proxy.log")
    yield running
    running.stop()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(sandbox: Sandbox, authority: trustme.CA) -> Iterator[Sandbox]:
    """The sandbox behind TLS, with a certificate of an authority that nobody knows."""
    sandbox.every_day = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with sandbox.serve(tls=tls):
        yield sandbox


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> dict[str, str]:
    """Settings that make that authority known."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return {"SSL_CERT_FILE": str(file)}


def test_every_service_is_asked_through_the_proxy(
    weather_sms: Run, secure: Sandbox, proxy: Proxy, trusted: dict[str, str]
) -> None:
    env = secure.env | trusted | {"HTTPS_PROXY": proxy.url}
    weather_sms("send", "--now", env=env, code=0)
    assert secure.twilio.messages
    assert proxy.asked_for(secure.origin)


def test_a_host_of_no_proxy_is_asked_directly(
    weather_sms: Run, secure: Sandbox, proxy: Proxy, trusted: dict[str, str]
) -> None:
    env = secure.env | trusted | {"ALL_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}
    weather_sms("preview", POINT, env=env, code=0)
    assert proxy.is_untouched()


def test_plain_http_goes_through_http_proxy(weather_sms: Run, live: Sandbox, proxy: Proxy) -> None:
    weather_sms("preview", env=live.env | {"HTTP_PROXY": proxy.url}, code=0)
    assert proxy.asked_for(live.origin)


def test_a_certificate_that_is_not_trusted_is_named_as_the_cause(
    weather_sms: Run, secure: Sandbox
) -> None:
    said = weather_sms("preview", POINT, env=secure.env, code=1).stderr
    assert "OpenWeather's certificate could not be verified (unable to get local issuer" in said
    assert "name the file with its certificate in SSL_CERT_FILE" in said


def test_a_proxy_that_cannot_be_reached_is_named_as_the_cause(
    weather_sms: Run, secure: Sandbox
) -> None:
    env = secure.env | {"OPENWEATHER_API_KEY": "", "HTTPS_PROXY": "127.0.0.1:9"}
    said = weather_sms("preview", POINT, env=env, code=1).stderr
    assert "the proxy did not let a request to Open-Meteo pass. Check HTTPS_PROXY" in said


def test_a_proxy_of_an_unknown_kind_is_one_that_does_not_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "carrier-pigeon://127.0.0.1:9")
    with open_client(None) as client, pytest.raises(httpx.ProxyError):
        client.get("https://127.0.0.1:9")

"""The services in miniature refuse what the real ones refuse, in the real ones' words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock
from weather_sms.sandbox.ntfy import MiniNtfy
from weather_sms.sandbox.twilio_messages import MiniTwilio, Order

MESSAGES = "/2010-04-01/Accounts/{sid}/Messages.json"
GOOD = {"To": "+15550123467", "From": "+15550100200", "Body": "3-9C."}


@pytest.mark.parametrize(
    ("path", "params", "status", "cod", "message"),
    [
        ("/data/2.5/weather", {"lat": "1", "lon": "1", "appid": "no"}, 401, 401, "Invalid API key"),
        ("/data/2.5/weather", {"zip": "94112"}, 400, "400", "Nothing to geocode"),
        ("/data/2.5/forecast", {"lat": "91", "lon": "1"}, 400, "400", "wrong latitude"),
        ("/data/2.5/forecast", {"lat": "x", "lon": "1"}, 400, "400", "wrong latitude"),
        ("/geo/1.0/zip", {"zip": "00000"}, 404, "404", "not found"),
        ("/geo/1.0/zip", {"zip": "94112,FR"}, 404, "404", "not found"),
        ("/geo/1.0/zip", {}, 400, "400", "invalid zip code"),
        ("/geo/1.0/direct", {}, 400, "400", "Nothing to geocode"),
        ("/data/3.0/onecall", {"lat": "1", "lon": "1"}, 404, "404", "Internal error"),
    ],
)
def test_openweather_refuses(
    sandbox: Sandbox, path: str, params: dict[str, str], status: int, cod: int | str, message: str
) -> None:
    with httpx.Client(
        transport=sandbox.transport, base_url="https://openweather.invalid"
    ) as client:
        answer = client.get(path, params={"appid": sandbox.openweather.key} | params)
    assert (answer.status_code, answer.json()["cod"]) == (status, cod)
    assert answer.json()["message"].startswith(message)


def test_openweather_answers_an_unknown_city_with_an_empty_list(sandbox: Sandbox) -> None:
    with httpx.Client(
        transport=sandbox.transport, base_url="https://openweather.invalid"
    ) as client:
        answer = client.get(
            "/geo/1.0/direct", params={"appid": sandbox.openweather.key, "q": "Nowhere"}
        )
    assert (answer.status_code, answer.json()) == (200, [])


METEO = {
    "latitude": "1",
    "longitude": "2",
    "hourly": "rain",
    "timezone": "GMT",
    "timeformat": "unixtime",
}


@pytest.mark.parametrize(
    ("path", "params", "reason"),
    [
        (
            "/v1/forecast",
            METEO | {"latitude": "522.52"},
            "Latitude must be in range of -90 to 90°. Given: 522.52.",
        ),
        ("/v1/forecast", {"longitude": "1"}, "Latitude must be in range"),
        (
            "/v1/forecast",
            METEO | {"hourly": "rain,sunshine_on_a_rainy_day"},
            "invalid String value sunshine",
        ),
        ("/v1/forecast", METEO | {"forecast_days": "17"}, "Forecast days is invalid"),
        (
            "/v1/search",
            {"name": "Dallas", "count": "101"},
            "Parameter count must be between 1 and 100.",
        ),
        ("/v1/search", {}, "'name'"),
    ],
)
def test_open_meteo_refuses(
    sandbox: Sandbox, path: str, params: dict[str, str], reason: str
) -> None:
    with httpx.Client(transport=sandbox.transport, base_url="https://open-meteo.invalid") as client:
        answer = client.get(path, params=params)
    assert (answer.status_code, answer.json()["error"]) == (400, True)
    assert reason in answer.json()["reason"]


def test_open_meteo_leaves_out_the_results_where_there_are_none(sandbox: Sandbox) -> None:
    with httpx.Client(transport=sandbox.transport, base_url="https://open-meteo.invalid") as client:
        answers = [client.get("/v1/search", params={"name": name}) for name in ("Dallas", "75201")]
    assert ["results" in answer.json() for answer in answers] == [True, False]


@pytest.mark.parametrize(
    ("agent", "point", "status"),
    [("x", "1,2", 403), ("me@example.org", "here", 400), ("me@example.org", "1.23456,2", 301),
     ("me@example.org", "1,2", 200)],
)  # fmt: skip
def test_the_nws_wants_a_contact_and_a_short_point(
    sandbox: Sandbox, agent: str, point: str, status: int
) -> None:
    with httpx.Client(transport=sandbox.transport, base_url="https://nws.invalid") as client:
        answer = client.get(
            "/alerts/active", params={"point": point}, headers={"User-Agent": agent}
        )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"To": ""}, 21604, 400), ({"To": "5550123467"}, 21211, 400), ({"Body": ""}, 21602, 400),
        ({"Body": "x" * 1601}, 21617, 400), ({"From": ""}, 21603, 400),
        ({"From": "12"}, 21212, 400), ({"From": "+15550000000"}, 21606, 400),
        ({"From": "", "MessagingServiceSid": "MG00"}, 21701, 404),
    ],
)  # fmt: skip
def test_twilio_refuses(sandbox: Sandbox, changed: dict[str, str], code: int, status: int) -> None:
    twilio = sandbox.twilio
    with httpx.Client(transport=sandbox.transport, base_url="https://twilio.invalid") as client:
        path = MESSAGES.format(sid=twilio.account_sid)
        answer = client.post(
            path, data=GOOD | changed, auth=(twilio.account_sid, twilio.auth_token)
        )
    envelope = answer.json()
    assert (answer.status_code, envelope["code"], envelope["status"]) == (status, code, status)
    assert envelope["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert twilio.messages == []


@pytest.mark.parametrize("auth", [("", ""), ("AC00", "x"), (Sandbox().twilio.account_sid, "wrong")])
def test_twilio_knows_its_customers(sandbox: Sandbox, auth: tuple[str, str]) -> None:
    with httpx.Client(transport=sandbox.transport, base_url="https://twilio.invalid") as client:
        answer = client.post(MESSAGES.format(sid=sandbox.twilio.account_sid), data=GOOD, auth=auth)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


class Twilio:
    """The Messages of an account on a clock that starts at noon."""

    def __init__(self) -> None:
        self.clock = FixedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
        self.mini = MiniTwilio(self.clock.now)

    def send(self, method: str, path: str = "", **more: Any) -> dict[str, Any]:
        login = (self.mini.account_sid, self.mini.auth_token)
        url = "https://twilio.invalid" + (path or MESSAGES.format(sid=self.mini.account_sid))
        with httpx.Client(transport=httpx.MockTransport(self.mini.handle), auth=login) as client:
            answer: dict[str, Any] = client.request(method, url, **more).json()
            return answer

    def hold(self, body: str, minutes: float) -> str:
        at = self.clock.now() + timedelta(minutes=minutes)
        later = {"ScheduleType": "fixed", "SendAt": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        service = {"MessagingServiceSid": self.mini.services[0]}
        made = self.send("POST", data={"To": GOOD["To"], "Body": body} | service | later)
        return str(made["uri"])

    def log(self, size: int = 50) -> list[tuple[str, str]]:
        """All pages: bodies with their status."""
        first = self.send("GET", params={"To": GOOD["To"], "PageSize": size})
        pages = [first]
        while pages[-1]["next_page_uri"]:
            pages.append(self.send("GET", pages[-1]["next_page_uri"]))
        assert all(len(page["messages"]) <= size for page in pages)
        return [(row["body"], row["status"]) for page in pages for row in page["messages"]]


@pytest.mark.parametrize(
    ("order", "bodies"),
    [
        ("created", ["held later", "sent", "held and gone", "held"]),
        ("unsent first", ["held later", "held", "sent", "held and gone"]),
        ("unsent last", ["sent", "held and gone", "held later", "held"]),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 50])
def test_twilios_log_has_an_order_and_pages(order: Order, bodies: list[str], size: int) -> None:
    twilio = Twilio()
    twilio.mini.order = order
    twilio.hold("held", 600)
    twilio.clock.sleep(60)
    twilio.hold("held and gone", 10)
    twilio.clock.sleep(1200)
    twilio.send("POST", data=GOOD | {"Body": "sent"})
    twilio.clock.sleep(60)
    twilio.hold("held later", 300)
    assert [body for body, _ in twilio.log(size)] == bodies


def test_twilios_log_shows_a_texts_change_later_than_the_text() -> None:
    twilio = Twilio()
    twilio.mini.log_lag, twilio.mini.status_lag = timedelta(seconds=30), timedelta(minutes=9)
    uri = twilio.hold("held", 60)
    assert twilio.log() == []
    twilio.clock.sleep(30)
    assert twilio.send("POST", uri, data={"Status": "canceled"})["status"] == "canceled"
    twilio.clock.sleep(500)
    assert twilio.log() == [("held", "scheduled")]
    twilio.clock.sleep(40)
    assert twilio.log() == [("held", "canceled")]


def test_a_get_of_twilios_may_be_stale() -> None:
    twilio = Twilio()
    twilio.mini.stale_for = timedelta(seconds=5)
    uri = twilio.hold("held", 60)
    twilio.clock.sleep(60)
    twilio.send("POST", uri, data={"Status": "canceled"})
    assert twilio.send("GET", uri)["status"] == "scheduled"
    twilio.clock.sleep(5)
    assert twilio.send("GET", uri)["status"] == "canceled"


def test_ntfys_log_lags_behind_what_is_new_and_what_is_gone() -> None:
    clock = FixedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    ntfy = MiniNtfy(clock.now)
    ntfy.log_lag = timedelta(minutes=2)
    at = {"At": str(int((clock.now() + timedelta(hours=1)).timestamp())), "X-Sequence-ID": "seven"}

    def log() -> list[str]:
        answer = client.get("/topic/json", params={"poll": "1", "sched": "1"})
        return [json.loads(line)["event"] for line in answer.text.splitlines()]

    transport = httpx.MockTransport(ntfy.handle)
    with httpx.Client(transport=transport, base_url="https://ntfy.invalid") as client:
        client.post("/topic", content="held", headers=at)
        seen = [log()]
        clock.sleep(120)
        seen.append(log())
        client.delete("/topic/seven")
        seen.append(log())
        clock.sleep(120)
        seen.append(log())
    assert seen == [[], ["message"], ["message"], ["message_delete"]]

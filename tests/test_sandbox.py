"""The services in miniature refuse what the real ones refuse, in the real ones' words."""

from __future__ import annotations

import httpx
import pytest

from weather_sms.sandbox import Sandbox

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

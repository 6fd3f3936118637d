"""The National Weather Service's warnings: requests as it wants them, answers of any content."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support import payloads
from weather_sms.http import open_client
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock
from weather_sms.text.briefing.alerts import alert_facts, is_marine
from weather_sms.weather import NoAnswer, WeatherError
from weather_sms.weather.nws import Nws

WINTER = {
    "event": "Winter Storm Warning",
    "severity": "Severe",
    "status": "Actual",
    "messageType": "Alert",
    "onset": "2026-11-23T10:00:00-07:00",
    "effective": "2026-11-22T12:47:00-07:00",
    "ends": "2026-11-24T06:00:00-07:00",
    "expires": "2026-11-23T03:00:00-07:00",
}


@pytest.fixture
def service(sandbox: Sandbox, clock: FixedClock) -> Iterator[Nws]:
    with open_client(sandbox.transport) as client:
        yield Nws(client, "https://nws.invalid", "me/weather", clock)


def test_it_is_told_who_asks_and_where_to_reach_them(service: Nws, sandbox: Sandbox) -> None:
    service.alerts(37.7195, -122.4411)
    (request,) = sandbox.requests
    assert request.headers["User-Agent"].startswith("weather-sms/")
    assert request.headers["User-Agent"].endswith("(+https://github.com/me/weather)")


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        (37.7195123, -122.44, "37.7195,-122.44"),
        (40.0, -105.0, "40,-105"),
        (-14.3, -170.70001, "-14.3,-170.7"),
    ],
)
def test_a_point_has_at_most_four_digits_and_no_zeros_at_the_end(
    service: Nws, sandbox: Sandbox, latitude: float, longitude: float, point: str
) -> None:
    service.alerts(latitude, longitude)
    assert [request.url.params["point"] for request in sandbox.requests] == [point]


def test_a_redirect_is_followed(service: Nws, sandbox: Sandbox) -> None:
    sandbox.nws.alerts = [WINTER]
    sandbox.fail("/alerts", httpx.Response(301, headers={"Location": "/alerts/active?point=1,2"}))
    assert len(service.alerts(1, 2)) == 1


def test_a_warning_in_the_domains_terms(service: Nws, sandbox: Sandbox) -> None:
    sandbox.nws.alerts = [WINTER]
    (alert,) = service.alerts(39.75, -105)
    assert (alert.event, alert.severity, alert.status) == (
        "Winter Storm Warning",
        "Severe",
        "Actual",
    )
    assert (alert.message_type, alert.begins) == ("Alert", datetime(2026, 11, 23, 17, tzinfo=UTC))
    assert (alert.ends, alert.expires) == (datetime(2026, 11, 24, 13, tzinfo=UTC), datetime(2026,
    11, 23, 10, tzinfo=UTC))  # fmt: skip


@pytest.mark.parametrize("name", [name for name in WINTER if name != "event"])
@pytest.mark.parametrize(
    "value", [None, "", "absent", "tomorrow", "2026-11-23", "2026-11-23T10:00:00"]
)
def test_what_is_missing_or_no_time_is_not_known(
    service: Nws, sandbox: Sandbox, name: str, value: str | None
) -> None:
    changed = WINTER | {name: value}
    sandbox.nws.alerts = [{key: each for key, each in changed.items() if each != "absent"}]
    (alert,) = service.alerts(1, 2)
    assert alert.event == "Winter Storm Warning"
    alert_facts((alert,), datetime(2026, 11, 23, 14, tzinfo=UTC))


def test_without_an_onset_it_begins_when_it_takes_effect(service: Nws, sandbox: Sandbox) -> None:
    sandbox.nws.alerts = [WINTER | {"onset": None}]
    assert service.alerts(1, 2)[0].begins == datetime(2026, 11, 22, 19, 47, tzinfo=UTC)


def test_a_name_is_one_short_line(service: Nws, sandbox: Sandbox) -> None:
    sandbox.nws.alerts = [WINTER | {"event": "Storm\n::error::x " + "y" * 500}]
    (alert,) = service.alerts(1, 2)
    assert alert.event.startswith("Storm ::error::x y")
    assert len(alert.event) == 80


@pytest.mark.parametrize(
    "neighbour",
    [{}, {"event": None}, {"event": 1}, {"event": " "}, WINTER | {"severity": 3},
     WINTER | {"onset": []}, None, "x", [], 1],
    ids=str,
)  # fmt: skip
def test_a_neighbour_that_cannot_be_read_hides_no_warning(
    service: Nws, sandbox: Sandbox, neighbour: Any
) -> None:
    sandbox.nws.alerts = [neighbour, WINTER, neighbour]
    assert [alert.event for alert in service.alerts(1, 2)] == ["Winter Storm Warning"]


def test_warnings_of_which_none_can_be_read_are_not_known(service: Nws, sandbox: Sandbox) -> None:
    sandbox.nws.alerts = [{}, {}]
    with pytest.raises(
        WeatherError, match="the National Weather Service's warnings could not be read"
    ):
        service.alerts(1, 2)


PASSING: list[Any] = [
    httpx.Response(500), httpx.Response(503, json={"title": "Forecast Grid Expired"}),
    httpx.Response(502, html="<html>"), httpx.Response(429), httpx.Response(408),
    httpx.ReadTimeout("slow"), httpx.ConnectError("down"), httpx.ReadError("reset"),
]  # fmt: skip
LASTING: list[Any] = [
    httpx.Response(403, html="Access Denied"), httpx.Response(404), httpx.Response(400),
    httpx.Response(200, html="<html>"), httpx.Response(200, json={"features": None}),
    httpx.Response(200, json=[]), httpx.Response(200, json={"features": [{}]}),
    httpx.Response(200, json={"features": [{"properties": {"event": 1}}]}),
]  # fmt: skip


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("answer", PASSING, ids=str)
def test_after_one_or_two_passing_failures_the_warning_is_there(
    service: Nws, sandbox: Sandbox, answer: Any, times: int
) -> None:
    sandbox.nws.alerts = [WINTER]
    sandbox.fail("/alerts", answer, times=times)
    assert [alert.event for alert in service.alerts(1, 2)] == ["Winter Storm Warning"]
    assert len(sandbox.requests) == times + 1


@pytest.mark.parametrize("answer", PASSING, ids=str)
def test_the_third_failure_is_the_last(service: Nws, sandbox: Sandbox, answer: Any) -> None:
    sandbox.fail("/alerts", answer, times=9)
    with pytest.raises(NoAnswer):
        service.alerts(1, 2)
    assert len(sandbox.requests) == 3


@pytest.mark.parametrize("answer", LASTING, ids=str)
def test_what_another_request_would_not_mend_is_asked_about_once(
    service: Nws, sandbox: Sandbox, answer: Any
) -> None:
    sandbox.fail("/alerts", answer, times=9)
    with pytest.raises(WeatherError):
        service.alerts(1, 2)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("wait", ["", "60", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_the_pauses_are_short_whatever_the_service_wishes(
    service: Nws, sandbox: Sandbox, clock: FixedClock, wait: str
) -> None:
    began = clock.now()
    sandbox.fail("/alerts", httpx.Response(503, headers={"Retry-After": wait}), times=9)
    with pytest.raises(NoAnswer):
        service.alerts(1, 2)
    assert clock.now() - began == timedelta(seconds=0.7)


def test_slow_failures_are_not_retried_beyond_the_three_seconds(
    service: Nws, sandbox: Sandbox
) -> None:
    def slow(_: httpx.Request) -> httpx.Response:
        time.sleep(1.3)
        return httpx.Response(500)

    sandbox.fail("/alerts", slow, times=9)
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        service.alerts(1, 2)
    assert (len(sandbox.requests), time.monotonic() - began < 3) == (2, True)
    timeouts = [request.extensions["timeout"]["read"] for request in sandbox.requests]
    assert timeouts[0] == 3
    assert 1 < timeouts[1] < 1.71


def test_an_endless_redirect_ends(service: Nws, sandbox: Sandbox) -> None:
    sandbox.fail(
        "/alerts", httpx.Response(301, headers={"Location": "/alerts/active?point=1,2"}), times=99
    )
    with pytest.raises(WeatherError):
        service.alerts(1, 2)


@pytest.mark.parametrize(
    ("point", "covered"),
    [((37.7, -122.4), True), ((61.2, -149.9), True), ((21.3, -157.9), True), ((18.4, -66.1), True),
     ((13.5, 144.8), True),
     ((-14.3, -170.7), True), ((52.8, 173.2), True), ((51.5, -0.1), False), ((48.9, 2.4), False),
      ((-33.9, 151.2), False)],
)  # fmt: skip
def test_only_for_american_points_it_is_worth_asking(
    service: Nws, point: tuple[float, float], covered: bool
) -> None:
    assert service.covers(*point, "") == covered


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("two-zones", ["Winter Storm Warning", "Winter Storm Warning", "Wind Advisory"]),
        ("ends-null-and-unknown", ["Air Quality Alert", "Extreme Heat Warning"]),
        ("freeze-warning-moderate", ["Freeze Warning", "Frost Advisory"]),
        ("test-and-cancel", ["Tornado Warning", "Severe Thunderstorm Watch", "Heat Advisory"]),
        ("marine", ["Gale Warning", "Small Craft Advisory", "High Surf Advisory"]),
        ("statement-only", ["Special Weather Statement"]),
        ("none", []),
    ],
)
def test_every_warning_of_a_whole_answer_is_read(
    service: Nws, sandbox: Sandbox, name: str, read: list[str]
) -> None:
    sandbox.fail("/alerts", httpx.Response(200, content=payloads.answer("nws", name)))
    assert [alert.event for alert in service.alerts(1, 2)] == read


def test_a_forecast_grid_that_expired_is_a_failure(service: Nws, sandbox: Sandbox) -> None:
    body = payloads.answer("nws", "error-503-grid-expired")
    sandbox.fail("/alerts", httpx.Response(503, content=body), times=9)
    with pytest.raises(WeatherError):
        service.alerts(1, 2)


@pytest.mark.parametrize(
    ("name", "moment", "named"),
    [
        ("two-zones", "2026-01-12T07:00:00-07:00", "Winter Storm Warning"),
        ("two-zones", "2026-01-13T05:00:00-07:00", "Winter Storm Warning"),
        ("two-zones", "2026-01-13T07:00:00-07:00", None),
        ("ends-null-and-unknown", "2025-08-03T07:30:00-07:00", "Extreme Heat Warning"),
        ("ends-null-and-unknown", "2025-08-05T07:00:00-07:00", "Extreme Heat Warning"),
        ("ends-null-and-unknown", "2025-08-05T22:00:00-07:00", None),
        ("test-and-cancel", "2026-05-06T10:30:00-05:00", "Heat Advisory"),
        ("test-and-cancel", "2026-05-06T15:00:00-05:00", "Heat Advisory"),
        ("test-and-cancel", "2026-05-06T20:30:00-05:00", None),
        ("marine", "2026-02-02T07:00:00-08:00", None),
        ("statement-only", "2025-11-30T07:00:00-06:00", None),
    ],
)
def test_tests_and_what_is_over_are_not_told_and_the_end_of_the_event_counts(
    name: str, moment: str, named: str | None
) -> None:
    facts = alert_facts(payloads.alerts(name), datetime.fromisoformat(moment))
    assert [fact.name for fact in facts] == ([named] if named else [])


@pytest.mark.parametrize(
    "event",
    ["Gale Warning", "Storm Warning", "Storm Watch", "Special Marine Warning",
     "Small Craft Advisory", "High Surf Advisory",
     "Rip Current Statement", "Beach Hazards Statement", "Low Water Advisory",
     "Heavy Freezing Spray Warning", "Hazardous Seas Watch",
     "Hurricane Force Wind Warning", "Brisk Wind Advisory"],
)  # fmt: skip
def test_warnings_for_the_sea_are_not_for_people_on_land(event: str) -> None:
    assert is_marine(event)


@pytest.mark.parametrize(
    "event",
    ["Winter Storm Warning", "Tropical Storm Warning", "Ice Storm Warning", "Dust Storm Warning",
     "Hurricane Warning", "Severe Thunderstorm Watch",
     "Coastal Flood Advisory", "Tsunami Warning", "Storm Surge Warning", "Lake Wind Advisory",
     "Freeze Watch"],
)  # fmt: skip
def test_warnings_for_the_land_are(event: str) -> None:
    assert not is_marine(event)

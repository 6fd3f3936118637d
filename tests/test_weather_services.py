"""Whatever is in the list of weather services keeps the protocol, is credited and is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from tests.conftest import ROOT
from tests.support.world import World, at
from weather_sms import Settings
from weather_sms.delivery.tick import fetch
from weather_sms.doctor import checkup
from weather_sms.forecast import Forecast, Provider
from weather_sms.http import open_client
from weather_sms.place import City, Coordinates, Query
from weather_sms.report.output import say_preview
from weather_sms.report.preview import Preview
from weather_sms.report.summary import summary
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock
from weather_sms.text.style import style_for
from weather_sms.text.words import words
from weather_sms.weather import (
    PREFIXES,
    SERVICES,
    Means,
    NoAnswer,
    Offer,
    WeatherError,
    WeatherService,
    service_class,
)
from weather_sms.weather.nws import Nws
from weather_sms.weather.open_meteo import OpenMeteo
from weather_sms.weather.openweather import OpenWeather
from weather_sms.weather.source import Source

Class = type[WeatherService]
Handle = Callable[[httpx.Request], httpx.Response]
CLASSES = [service_class(path) for path in SERVICES]
OFFERS = [(each, offer) for each in CLASSES for offer in sorted(each.offers)]
SAN_FRANCISCO = (37.7195, -122.4411)
HERE = Coordinates(*SAN_FRANCISCO)
every_service = pytest.mark.parametrize("service", CLASSES, ids=lambda each: each.provider.id)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, holds=False)


@contextmanager
def opened(service: Class, handle: Handle, clock: FixedClock) -> Iterator[WeatherService]:
    """A service that has all it needs."""
    keys, origins = dict.fromkeys(PREFIXES, "k"), dict.fromkeys(PREFIXES, "https://here.invalid")
    with open_client(httpx.MockTransport(handle)) as client:
        means = Means(client=client, clock=clock, keys=keys, origins=origins, contact="me/weather")
        found = service.open(means)
        assert found is not None
        yield found


def ask(service: WeatherService, offer: Offer) -> object:
    """Ask a service for one of the things that it offers."""
    if offer == "locate":
        return service.locate(City(("Nowhere", "US")))
    return getattr(service, offer)(*SAN_FRANCISCO)


# Every service of the list


@every_service
def test_it_offers_something_and_has_what_it_offers(service: Class) -> None:
    own = {
        each
        for each in get_args(Offer)
        if getattr(service, each) is not getattr(WeatherService, each)
    }
    assert own
    assert own == service.offers


@every_service
def test_its_id_is_the_name_of_its_file(service: Class) -> None:
    assert service.provider.id == service.__module__.rsplit(".", 1)[1].replace("_", "-")


@every_service
def test_its_origin_stands_in_for_all_its_hosts(service: Class, clock: FixedClock) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.scheme}://{request.url.host}")
        return httpx.Response(404)

    with opened(service, handle, clock) as found:
        for offer in found.offers:
            with pytest.raises(WeatherError):
                ask(found, offer)
    assert len(asked) >= len(service.offers)
    assert set(asked) == {"https://here.invalid"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"x": 1}),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(302, headers={"Location": "http://[::1"}),
        httpx.Response(400),
        httpx.Response(403),
        httpx.Response(500),
        httpx.ConnectError("down"),
        httpx.ReadTimeout("slow"),
    ],
    ids=str,
)
@pytest.mark.parametrize(("service", "offer"), OFFERS)
def test_an_answer_that_nobody_expects_is_a_weather_error_with_a_fix(
    service: Class, offer: Offer, answer: Any, clock: FixedClock
) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    with opened(service, handle, clock) as found, pytest.raises(WeatherError) as caught:
        ask(found, offer)
    assert service.provider.name in caught.value.wrong
    assert caught.value.fix or isinstance(caught.value, NoAnswer)


@pytest.mark.parametrize(
    "service", [each for each in CLASSES if each.provider.credit or "forecast" in each.offers]
)
def test_its_credit_or_name_is_shown_with_a_text_that_has_its_data(
    world: World, service: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, provider = Settings.from_env(world.env), service.provider
    (subscription,) = settings.subscriptions
    world.clock = FixedClock(at("07:00"))
    place, forecast = fetch(
        settings, subscription.place, clock=world.clock, transport=world.sandbox.transport
    )
    theirs = forecast.by(provider) if "forecast" in service.offers else forecast
    theirs = theirs.crediting(provider)
    report = world.tick("07:00", weather={subscription.place: (place, theirs)})
    page = summary(report, private=False).replace("\\", "")
    assert (provider.credit or f"Weather by {provider.name}.") in page
    style = style_for("US", None, words("en"))
    say_preview(
        Preview("A text", 1, place, theirs, style, at("07:00").tzinfo),  # type: ignore[arg-type]
        None,
        as_json=False,
        now=at("07:00"),
    )
    assert provider.credit in capsys.readouterr().out


@every_service
def test_the_doctor_names_it(service: Class, sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.now = clock.now
    checks = list(checkup(sandbox.env, clock=clock, transport=sandbox.transport))
    name = service.provider.name.removeprefix("the ").lower()
    assert [each.status for each in checks if each.name.startswith(name)] != []


@every_service
def test_the_readme_names_it_and_the_setting_of_its_origin(service: Class) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert service.provider.name.removeprefix("the ") in readme
    assert f"`{PREFIXES[service.provider.id]}_BASE_URL`" in readme


# The list


@contextmanager
def source(
    world: World, *services: Callable[[httpx.Client, FixedClock], WeatherService]
) -> Iterator[Source]:
    """Weather of other services than those of the list; what is at down.invalid does not work."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "down.invalid":
            return httpx.Response(503)
        return world.sandbox.handle(request)

    with open_client(httpx.MockTransport(handle)) as client:
        opened = [each(client, world.clock) for each in services]
        with closing(Source(lambda: opened, world.clock)) as found:
            yield found


def weather(source: Source, query: Query = HERE) -> Forecast:
    source.ask_early([query])
    return source.at(query)[1]


def openweather(client: httpx.Client, clock: FixedClock) -> OpenWeather:
    return OpenWeather(client, "k", "https://down.invalid", clock)


def open_meteo(client: httpx.Client, clock: FixedClock) -> OpenMeteo:
    return OpenMeteo(client, "https://down.invalid", clock)


class Third(OpenMeteo):
    """A service like Open-Meteo, which works."""

    provider = Provider("third", "Third", "Weather by Third, CC BY 4.0")


class Abroad(Nws):
    """A service like the National Weather Service, for British warnings."""

    provider = Provider("abroad", "Abroad", "Warnings by Abroad, CC BY 4.0")

    def covers(self, latitude: float, longitude: float, country: str) -> bool:
        return country == "GB" if country else latitude > 50 and abs(longitude) < 8


def test_a_third_service_is_asked_after_two_and_the_owner_hears_why(world: World) -> None:
    with source(
        world, openweather, open_meteo, lambda c, t: Third(c, "https://x.invalid", t)
    ) as of:
        forecast = weather(of)
        assert of.trouble(HERE) == (
            "OpenWeather answered with HTTP status 503. Try again later. "
            "Open-Meteo answered with HTTP status 503. Try again later"
        )
    assert (forecast.source, forecast.stands_in) == ("third", True)
    assert forecast.credit == "Weather by Third, CC BY 4.0"


def test_where_all_fail_all_are_named_in_their_order(world: World) -> None:
    def third(client: httpx.Client, clock: FixedClock) -> Third:
        return Third(client, "https://down.invalid", clock)

    with source(world, third, openweather, open_meteo) as of, pytest.raises(WeatherError) as caught:
        weather(of)
    assert str(caught.value) == (
        "Open-Meteo answered with HTTP status 503. Try again later. "
        "OpenWeather answered with HTTP status 503. Try again later. "
        "Open-Meteo answered with HTTP status 503. Try again later"
    )


def test_only_the_first_of_the_list_is_not_said_to_stand_in(world: World) -> None:
    def first(client: httpx.Client, clock: FixedClock) -> OpenWeather:
        return OpenWeather(client, world.sandbox.openweather.key, "https://x.invalid", clock)

    with source(world, first, open_meteo) as of:
        assert not weather(of).stands_in


WARNING = {"event": "Flood Warning", "severity": "Severe", "status": "Actual",
           "messageType": "Alert", "ends": "2026-11-23T16:00:00-08:00"}  # fmt: skip


def british(origin: str) -> Callable[[httpx.Client, FixedClock], Abroad]:
    return lambda client, clock: Abroad(client, origin, "me/weather", clock)


def american(client: httpx.Client, clock: FixedClock) -> Nws:
    return Nws(client, "https://x.invalid", "me/weather", clock)


def by_third(client: httpx.Client, clock: FixedClock) -> Third:
    return Third(client, "https://x.invalid", clock)


def test_warnings_are_those_of_the_first_service_that_covers_the_place(world: World) -> None:
    world.sandbox.nws.alerts = [WARNING]
    with source(world, by_third, american, british("https://down.invalid")) as of:
        assert [each.event for each in weather(of).alerts] == ["Flood Warning"]
    with source(world, by_third, american, british("https://y.invalid")) as of:
        forecast = weather(of, City(("London", "GB")))
    assert [each.event for each in forecast.alerts] == ["Flood Warning"]
    assert forecast.credit == "Weather by Third, CC BY 4.0; Warnings by Abroad, CC BY 4.0"


@pytest.mark.parametrize("query", [City(("London", "GB")), Coordinates(51.5, -0.12)], ids=str)
def test_what_is_missing_is_told_of_the_service_that_was_asked(world: World, query: Query) -> None:
    with source(world, by_third, american, british("https://down.invalid")) as of:
        gaps = weather(of, query).gaps
    assert [(each.topic, each.service, each.why) for each in gaps] == [
        ("alerts", "Abroad", "HTTP status 503")
    ]

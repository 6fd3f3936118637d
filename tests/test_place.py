"""What people write for a place, and what it means."""

from __future__ import annotations

import pytest

from weather_sms.errors import Unreadable
from weather_sms.place import City, Coordinates, PostalCode, Query, parse
from weather_sms.weather.zones import timezone


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("94112", PostalCode("94112", "US")),
        ("94112,US", PostalCode("94112", "US")),
        (" 94112 , us ", PostalCode("94112", "US")),
        ("01001", PostalCode("01001", "US")),
        ("SW1A 1AA,GB", PostalCode("SW1A 1AA", "GB")),
        ("k1a 0b1,ca", PostalCode("K1A 0B1", "CA")),
        ("1000-001,PT", PostalCode("1000-001", "PT")),
        ("Lyon,FR", City(("Lyon", "FR"))),
        ("Portland,ME,US", City(("Portland", "ME", "US"))),
        ("São Paulo,br", City(("São Paulo", "BR"))),
        ("100 Mile House,BC,CA", City(("100 Mile House", "BC", "CA"))),
        ("Lyon", City(("Lyon",))),
        ("New\nYork,US", City(("New York", "US"))),
        ("45.76,4.83", Coordinates(45.76, 4.83)),
        ("-33.87, 151.21", Coordinates(-33.87, 151.21)),
        ("0,0", Coordinates(0, 0)),
        ("::error::x,US", City(("::error::x", "US"))),
    ],
)  # fmt: skip
def test_every_form_is_understood(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty part"), (",", "empty part"), ("Lyon,", "empty part"),
        ("94112,USA", "two-letter country code"), ("94112,1", "latitude first"),
        ("a,b,c,dd", "more than three parts"), ("x" * 101, "longer than 100"),
        ("151.21,-33.87", "latitude first"), ("95,200", "off the globe"),
        ("45,181", "off the globe"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_fix(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        parse(text)


@pytest.mark.parametrize(
    ("code", "spellings"),
    [
        (PostalCode("SW1A 1AA", "GB"), ("SW1A 1AA", "SW1A")),
        (PostalCode("SW1A1AA", "GB"), ("SW1A1AA", "SW1A")),
        (PostalCode("M1 1AE", "GB"), ("M1 1AE", "M1")),
        (PostalCode("SW1A", "GB"), ("SW1A",)),
        (PostalCode("K1A 0B1", "CA"), ("K1A 0B1", "K1A")),
        (PostalCode("94112", "US"), ("94112",)),
    ],
)
def test_british_and_canadian_codes_have_a_first_half(
    code: PostalCode, spellings: tuple[str, ...]
) -> None:
    assert code.spellings() == spellings


def test_what_was_understood_can_be_read() -> None:
    understood = [
        str(parse(text)) for text in ("01001", "Lyon", "Lyon,FR", "Portland,ME,US", "45.76,4.83")
    ]
    assert understood == [
        "the postal code 01001 in US",
        "the city Lyon",
        "the city Lyon, country FR",
        "the city Portland, state ME, country US",
        "the coordinates 45.76,4.83",
    ]


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (37.72, -122.44, "America/Los_Angeles"),
        (28.61, 77.21, "Asia/Kolkata"),
        (-31.55, 159.08, "Australia/Lord_Howe"),
    ],
)
def test_the_zone_comes_from_the_coordinates(latitude: float, longitude: float, zone: str) -> None:
    assert timezone(latitude, longitude) == zone

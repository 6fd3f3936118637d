"""Settings: every problem at once, each with its fix, and no secret in sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from weather_sms import Settings, SettingsError
from weather_sms.place import City, PostalCode
from weather_sms.receiver import Phone, e164
from weather_sms.sandbox import Sandbox
from weather_sms.settings.form import is_safe_origin

GOOD = {name: value for name, value in Sandbox().env.items() if value}


def problems(env: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(env)
    return {problem.name: f"{problem.wrong}. {problem.fix}" for problem in caught.value.problems}


def test_good_settings_are_read() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.twilio is not None
    assert settings.twilio.username == GOOD["TWILIO_ACCOUNT_SID"]
    (subscription,) = settings.subscriptions
    assert (subscription.to, subscription.place) == (
        Phone("+15550123467"),
        PostalCode("94112", "US"),
    )
    assert (subscription.at, subscription.timezone, subscription.units, subscription.language) == (
        "0 7 * * *",
        None,
        None,
        "en",
    )


def test_nothing_at_all_lists_all_that_is_missing() -> None:
    found = problems({})
    assert list(found) == ["WEATHER_PLACE", "WEATHER_TO"]
    assert all(
        problem.startswith("is missing. ") and len(problem) > 30 for problem in found.values()
    )
    assert "OPENWEATHER_API_KEY" in found["WEATHER_PLACE"]
    for name in ("ntfy://topic", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER_NUMBER"):
        assert name in found["WEATHER_TO"]


def test_who_has_begun_with_twilio_hears_what_is_missing_of_it() -> None:
    found = problems({"WEATHER_PLACE": "94112", "TWILIO_SENDER_NUMBER": "+15550123467"})
    assert list(found) == [
        "OPENWEATHER_API_KEY",
        "WEATHER_TO",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
    ]


def test_blank_is_the_same_as_unset() -> None:
    assert problems(dict.fromkeys(GOOD, " \n")) == problems({})


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("TWILIO_ACCOUNT_SID", GOOD["TWILIO_AUTH_TOKEN"], "looks like an auth token"),
        ("TWILIO_ACCOUNT_SID", "SK" + "0" * 32, "is an API key's SID"),
        ("TWILIO_ACCOUNT_SID", "AC123", "is not AC and 32"),
        ("TWILIO_AUTH_TOKEN", GOOD["TWILIO_ACCOUNT_SID"], "looks like an account SID"),
        ("TWILIO_AUTH_TOKEN", "a b", "characters that no key has"),
        ("OPENWEATHER_API_KEY", "clé", "characters that no key has"),
        ("OPENWEATHER_API_KEY", "a\nb", "characters that no key has"),
        ("OPENWEATHER_API_KEY", GOOD["TWILIO_ACCOUNT_SID"], "identifier of Twilio's"),
        ("TWILIO_MESSAGING_SERVICE_SID", "SM" + "0" * 32, "is not MG"),
        ("TWILIO_SENDER_NUMBER", "my phone", "is no phone number"),
        ("WEATHER_TO", "5551234567", "has no country code"),
        ("WEATHER_TO", "94112", "is no phone number of any country"),
        ("WEATHER_TO", "+1 555 123 4567; rm -rf", "is neither a phone number nor an address"),
        (
            "WEATHER_TO",
            "my-topic",
            "A phone is written +1 555 123 4567, a topic of ntfy's ntfy://topic.",
        ),
        ("WEATHER_PLACE", "94112,USA", "two-letter country code"),
        ("WEATHER_AT", "25:00", "is no time"),
        ("WEATHER_AT", "* * * * *", "more than 24 texts"),
        ("WEATHER_TIMEZONE", "Mars/Olympus", "is no IANA time zone"),
        ("WEATHER_TIMEZONE", "../../etc/passwd", "is no IANA time zone"),
        ("WEATHER_UNITS", "kelvin", "is not known"),
        ("WEATHER_LANGUAGE", "tlh", "is not known"),
        ("WEATHER_ONLY_IF", "rain,drought", "has an unknown condition"),
        ("OPENWEATHER_BASE_URL", "http://example.com", "is not an origin that may be used"),
        ("TWILIO_BASE_URL", "ftp://127.0.0.1", "is not an origin that may be used"),
        ("WEATHER_STATE", "mysql://127.0.0.1/x", "is no place for the ledger"),
        ("WEATHER_STATE", "redis:///0", "is no address of a Redis server"),
        ("WEATHER_STATE", "redis://:pass/word@host/0", "is no address of a Redis server"),
        ("WEATHER_STATE", "redis://host:port/0", "is no address of a Redis server"),
        ("WEATHER_STATE", "redis://host/name", "is no address of a Redis server"),
        ("WEATHER_STATE", "redis://host/0?retry=1", "is no address of a Redis server"),
        ("WEATHER_STATE", "redis://host/0?ssl_cert_reqs=none", "is no address of a Redis server"),
        ("WEATHER_STATE", "rediss://host/0?ssl_foo=none", "is no address of a Redis server"),
        ("WEATHER_STATE", "rediss://host/0?ssl_cert_reqs=some", "is no address of a Redis server"),
        ("WEATHER_SUBSCRIPTIONS", "a = " + "[" * 5000, "is not valid TOML"),
        ("WEATHER_SUBSCRIPTIONS", "[[subscription]\n", "is not valid TOML"),
        ("WEATHER_SUBSCRIPTIONS", "missing.toml", "cannot be read"),
        ("WEATHER_SUBSCRIPTIONS", "x = 1", "holds no [[subscription]] table"),
    ],
)
def test_a_malformed_setting_is_named_with_its_fix(name: str, value: str, wrong: str) -> None:
    found = problems(GOOD | {name: value})
    assert list(found) == [name]
    assert wrong in found[name]
    assert found[name].endswith(".")
    assert value not in found[name]


@pytest.mark.parametrize("written", ["my-topic", "my-topic, ntfy://another"])
def test_what_is_no_address_of_any_channel_asks_for_no_channels_settings(written: str) -> None:
    assert list(problems({"WEATHER_PLACE": "Lyon,FR", "WEATHER_TO": written})) == ["WEATHER_TO"]


def test_a_number_that_is_wrong_asks_for_twilio_all_the_same() -> None:
    found = problems({"WEATHER_PLACE": "Lyon,FR", "WEATHER_TO": "5551234567"})
    assert list(found)[1:] == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER_NUMBER"]


def test_swapped_sid_and_token_are_both_named() -> None:
    swapped = {
        "TWILIO_ACCOUNT_SID": GOOD["TWILIO_AUTH_TOKEN"],
        "TWILIO_AUTH_TOKEN": GOOD["TWILIO_ACCOUNT_SID"],
    }
    assert list(problems(GOOD | swapped)) == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]


def test_an_api_key_is_preferred_to_the_token() -> None:
    settings = Settings.from_env(GOOD | {"TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "hush"})
    assert settings.twilio is not None
    assert (settings.twilio.username, settings.twilio.password) == ("SK1", "hush")


def test_half_an_api_key_without_a_token_names_the_other_half() -> None:
    env = GOOD | {"TWILIO_AUTH_TOKEN": ""}
    assert list(problems(env | {"TWILIO_API_KEY": "SK1"})) == ["TWILIO_API_SECRET"]
    assert list(problems(env | {"TWILIO_API_SECRET": "hush"})) == ["TWILIO_API_KEY"]


def test_the_older_name_of_the_receiver_still_works() -> None:
    env = GOOD | {"WEATHER_TO": "", "TWILIO_RECEIVER_NUMBER": "15551234567"}
    assert [s.to for s in Settings.from_env(env).subscriptions] == [Phone("+15551234567")]


def test_several_receivers_are_several_subscriptions() -> None:
    env = GOOD | {"WEATHER_TO": "+1 555 123 4567, +44 20 7946 0958,+15551234567,"}
    assert [s.to for s in Settings.from_env(env).subscriptions] == [
        Phone("+15551234567"),
        Phone("+442079460958"),
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("15551234567", "+15551234567"),
        ("+1 (555) 123-4567", "+15551234567"),
        ("+1.555.123.4567", "+15551234567"),
        ("0044 20 7946 0958", "+442079460958"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("\u202a+49 1512 3456789\u202c", "+4915123456789"),
        ("+1\u2011555\u2011123\u20114567", "+15551234567"),
    ],
)
def test_numbers_as_people_write_them_become_e164(text: str, number: str) -> None:
    assert e164(text) == number


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org:8443",
        "http://127.0.0.1:9",
        "http://localhost",
        "http://[::1]:80",
    ],
)
def test_credentials_may_go_to_https_or_loopback(url: str) -> None:
    assert is_safe_origin(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org", "http://127.0.0.1.example.org", "http://127.0.0.1@example.org",
        "https://u:p@example.org",
        "https://example.org/path", "https://example.org?x=1", "https://", "example.org",
        "http://10.0.0.1",
        "https://exa mple.org", "http://[::1", "https://example.org:port", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_credentials_go_nowhere_else(url: str) -> None:
    assert not is_safe_origin(url)


TOML = """
[[subscription]]
to = ["+15551234567", "+15551234568"]
place = "Lyon,FR"
at = "6:30"
units = "metric"
timezone = "Europe/Paris"

[[subscription]]
to = "+15551234569"
place = "01001"
"""


def test_subscriptions_replace_the_single_ones_variables() -> None:
    settings = Settings.from_env(
        GOOD | {"WEATHER_SUBSCRIPTIONS": TOML, "WEATHER_PLACE": "nonsense,,"}
    )
    assert [(s.to, s.place) for s in settings.subscriptions] == [
        (Phone("+15551234567"), City(("Lyon", "FR"))),
        (Phone("+15551234568"), City(("Lyon", "FR"))),
        (Phone("+15551234569"), PostalCode("01001", "US")),
    ]
    assert settings.subscriptions[0].at == "30 6 * * *"


def test_subscriptions_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text(TOML, "utf-8")
    assert len(Settings.from_env(GOOD | {"WEATHER_SUBSCRIPTIONS": str(file)}).subscriptions) == 3


def test_every_bad_table_is_reported_with_its_number() -> None:
    toml = (
        '[[subscription]]\nto = "x"\nplaec = "Lyon"\n[[subscription]]\nto = '
        '"+15551234567"\nplace = 94112\n'
    )
    assert list(problems(GOOD | {"WEATHER_SUBSCRIPTIONS": toml})) == [
        "WEATHER_SUBSCRIPTIONS table 1",
        "WEATHER_SUBSCRIPTIONS table 1, place,",
        "WEATHER_SUBSCRIPTIONS table 1, to,",
        "WEATHER_SUBSCRIPTIONS table 2, place,",
    ]


def test_a_subscription_that_is_there_twice_is_reported_with_both_numbers() -> None:
    table = '[[subscription]]\nto = "{}"\nplace = "94112"\nat = "{}"\n'
    toml = "".join(table.format(*each) for each in (("+15551234567", "7am"), ("ntfy://t", "7am"),
    ("+1 555 123 4567", "07:00"),
                                                    ("ntfys://ntfy.sh/t", "7:00"), ("+15551234567",
                                                     "8am")))  # fmt: skip
    found = problems(GOOD | {"WEATHER_SUBSCRIPTIONS": toml})
    assert list(found) == ["WEATHER_SUBSCRIPTIONS table 3", "WEATHER_SUBSCRIPTIONS table 4"]
    assert found["WEATHER_SUBSCRIPTIONS table 3"].startswith("wants the same text as table 1. ")


@pytest.mark.parametrize("other", ['language = "fr"', 'units = "metric"', 'only_if = "rain"'])
def test_one_text_cannot_come_in_two_ways(other: str) -> None:
    table = '[[subscription]]\nto = "+15551234567"\nplace = "94112"\n'
    assert list(problems(GOOD | {"WEATHER_SUBSCRIPTIONS": f"{table}{table}{other}\n"})) == [
        "WEATHER_SUBSCRIPTIONS table 2"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1",
        "rediss://user:s%2Fcret@host:6380/2?ssl_cert_reqs=none",
        "valkey://host/0",
    ],
)
def test_a_ledger_may_lie_on_a_server_and_its_password_stays_hidden(url: str) -> None:
    settings = Settings.from_env(GOOD | {"WEATHER_STATE": url})
    assert settings.ledger_url == url
    assert url not in repr(settings)


def test_no_secret_and_nothing_personal_shows_in_a_repr() -> None:
    shown = repr(Settings.from_env(GOOD)) + str(Settings.from_env(GOOD).openweather_api_key)
    for value in (*GOOD.values(), "+15550123467", "94112"):
        assert value not in shown


def test_a_preview_needs_neither_receiver_nor_twilio() -> None:
    settings = Settings.from_env({"OPENWEATHER_API_KEY": "k"}, place="Lyon,FR", sending=False)
    assert (settings.twilio, settings.subscriptions[0].place) == (None, City(("Lyon", "FR")))

"""`python -m weather_sms` is the command `weather-sms`."""

from weather_sms.cli import run

run()

"""The baseline: the script people write in an evening. One weather call, one message."""

import os

import requests
from twilio.rest import Client

WEATHER = os.environ["OPENWEATHER_BASE_URL"] + "/data/2.5/weather"
PARAMS = {
    "lat": "37.72",
    "lon": "-122.44",
    "units": "imperial",
    "appid": os.environ["OPENWEATHER_API_KEY"],
}

weather = requests.get(WEATHER, params=PARAMS, timeout=10).json()
temperature, sky = weather["main"]["temp"], weather["weather"][0]["description"]
account, token = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
client = Client(account, token)  # type: ignore[no-untyped-call]
client.api.base_url = os.environ["TWILIO_BASE_URL"]
client.messages.create(
    to="+15550123467",
    from_=os.environ["TWILIO_SENDER_NUMBER"],
    body=f"Good morning! Today the weather is {temperature} degrees F with {sky}",
)

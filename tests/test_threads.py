"""Answers come in threads, several at once, also the first of each kind."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys, threading
sys.setswitchinterval(1e-6)
from weather_sms.weather.fetch import decoded
from weather_sms.weather import openweather, open_meteo, nws
import httpx
step = '{"dt": 1, "main": {"temp": 1}, "weather": [{"id": 800}], \
"rain": {"3h": 1}, "sys": {"sunset": 9}}'
answers = [(openweather.ITEM, step), (openweather.STEPS, '{"list": [%s]}' % step), \
(nws.FEATURES, '{"features": []}')]
together = threading.Barrier(12)
def decode(decoder, body):
    together.wait()
    decoded("x", httpx.Response(200, text=body), decoder)
threads = [threading.Thread(target=decode, args=answer) for answer in answers * 4]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
"""


def test_first_answers_of_a_kind_may_be_read_by_several_threads() -> None:
    """Msgspec crashes where two threads first meet a type, so decoders are made on import."""
    for _ in range(5):
        subprocess.run([sys.executable, "-c", CODE], check=True)

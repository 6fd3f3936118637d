"""The rules of docs/briefing.md at their edges, as whole texts (the heading left out).

Weather is written in the notation of weather_sms/sandbox/days.py. Clocks in Denver go back on
2026-11-01 at 2:00 (to 1:00) and go forward on 2026-03-08 at 2:00 (to 3:00).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.texts import METRIC, made, text
from weather_sms.forecast import Alert, Forecast, Hour, NoForecast
from weather_sms.text.briefing import brief
from weather_sms.text.message import compose
from weather_sms.text.words import words

MONDAY = "2026-11-23T07:00"
FRIDAY = "2026-11-27T07:00"
EVENING = "2026-11-23T17:00"
NIGHT = "2026-11-23T01:00"
RULES: dict[str, list[tuple[str, str, str]]] = {
    "rain is worth a word from 30 % and 0.25 mm; a code without an amount from 50 %": [
        (MONDAY, "8:10/r.24/p90 11:10 14:10 17:10 20:10 23:10",
         "10C all day, mostly sunny, maybe a few drops. Bring a jacket."),
        (MONDAY, "8:10/r.25/p30 11:10 14:10 17:10 20:10 23:10",
         "10C all day. Maybe light rain until 8:00 (30%). Umbrella just in case."),
        (MONDAY, "8:10/r.25/p29 11:10 14:10 17:10 20:10 23:10",
         "10C all day, mostly sunny, rain unlikely. Bring a jacket."),
        (MONDAY, "8:10/p49/i500 11:10 14:10 17:10 20:10 23:10",
         "10C all day, mostly sunny, maybe a few drops. Bring a jacket."),
        (MONDAY, "8:10/p50/i500 11:10 14:10 17:10 20:10 23:10",
         "10C all day. Maybe light rain until 8:00 (50%). Take an umbrella."),
        (MONDAY, "8:10/r2/p20 11:10 14:10 17:10 20:10 23:10",
         "10C all day, mostly sunny, rain unlikely. Bring a jacket."),
    ],
    "thunder and freezing rain are worth a word from 20 %": [
        (MONDAY, "8:10/p20/i211 11:10 14:10 17:10 20:10 23:10",
         "10C all day. Maybe thunderstorms until 8:00 (20%). Umbrella just in case."),
        (MONDAY, "8:10/p19/i211 11:10 14:10 17:10 20:10 23:10",
         "10C all day, mostly sunny and dry. Bring a jacket."),
        (MONDAY, "8:0/p20/r2/i511 11:10 14:10 17:10 20:10 23:10",
         "0-10C. Maybe freezing rain until 8:00 (20%). Stay off the roads."),
    ],
    "how sure, in words, by the highest probability": [
        (MONDAY, "7:10 10:10/r2/p75 13:10 16:10 19:10 22:10",
         "10C all day. Rain until 10:00. Take an umbrella."),
        (MONDAY, "7:10 10:10/r2/p74 13:10 16:10 19:10 22:10",
         "10C all day. Rain likely until 10:00 (70%). Take an umbrella."),
        (MONDAY, "7:10 10:10/r2/p55 13:10 16:10 19:10 22:10",
         "10C all day. Rain likely until 10:00 (60%). Take an umbrella."),
        (MONDAY, "7:10 10:10/r2/p54 13:10 16:10 19:10 22:10",
         "10C all day. Maybe rain until 10:00 (50%). Take an umbrella."),
    ],
    "an amount of rain from 2.5 mm; heavy from 7.5 mm or by its code; light below 0.7 mm": [
        (MONDAY, "7:10 10:10/r2.4 13:10 16:10 19:10 22:10",
         "10C all day. Rain until 10:00. Take an umbrella."),
        (MONDAY, "7:10 10:10/r2.5 13:10 16:10 19:10 22:10",
         "10C all day. Rain until 10:00, about 3mm. Take an umbrella."),
        (MONDAY, "7:10 10:10/r7.5 13:10 16:10 19:10 22:10",
         "10C all day. Heavy rain until 10:00, about 8mm. Take an umbrella."),
        (MONDAY, "7:10 10:10/r3/i502 13:10 16:10 19:10 22:10",
         "10C all day. Heavy rain until 10:00, about 3mm. Take an umbrella."),
        (MONDAY, "7:10 10:10/r.6 13:10 16:10 19:10 22:10",
         "10C all day. Light rain until 10:00. Take an umbrella."),
        (MONDAY, "7:10 10:10/r.7 13:10 16:10 19:10 22:10",
         "10C all day. Rain until 10:00. Take an umbrella."),
        (MONDAY, "7:10 10:10/r1/i301 13:10 16:10 19:10 22:10",
         "10C all day. Drizzle until 10:00. Take an umbrella."),
        (MONDAY, "7:10 10:10/r1/i521 13:10 16:10 19:10 22:10",
         "10C all day. Showers until 10:00. Take an umbrella."),
        (MONDAY, "7:10 10:10/r1/p40/i502 13:10 16:10 19:10 22:10",
         "10C all day. Maybe heavy rain until 10:00 (40%). Umbrella just in case."),
    ],
    "snow: 1 cm a millimetre, less when it thaws, none above 5 C; a mix joins it": [
        (MONDAY, "7:-3 10:-2/s.25 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Snow until 10:00. Warm coat."),
        (MONDAY, "7:-3 10:-2/s.3 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Snow until 10:00, a dusting. Warm coat."),
        (MONDAY, "7:-3 10:-2/s1 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Snow until 10:00, about 1cm. Warm coat."),
        (MONDAY, "7:-3 10:.6/s3 13:-2 16:-2 19:-2 22:-3",
         "-3 to 1C. Snow until 10:00, about 2cm. Wet ground freezes by 13:00. Wear boots."),
        (MONDAY, "7:-3 10:2.1/s3 13:-2 16:-2 19:-2 22:-3",
         "-3 to 2C. Snow until 10:00. Wet ground freezes by 13:00. Watch your step."),
        (MONDAY, "7:-3 10:5/s3 13:-2 16:-2 19:-2 22:-3",
         "-3 to 5C. Turning colder, -2C by 16:00. Snow until 10:00. Wet ground freezes by 13:00. "
         "Watch your step."),
        (MONDAY, "7:-3 10:5.1/s3 13:-2 16:-2 19:-2 22:-3",
         "-3 to 5C, mostly sunny, maybe a few drops. Turning colder, -2C by 16:00. "
         "Frost this morning. Scrape the car."),
        (MONDAY, "7:-3 10:-2/s5 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Heavy snow until 10:00, about 5cm. Wear boots."),
        (MONDAY, "7:-3 10:-2/s1/r1 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Rain and snow until 10:00, about 1cm. Black ice risk. Watch your step."),
        (MONDAY, "7:-3 10:-2/s.5/r2.5 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Rain until 10:00, about 3mm. Black ice risk. Watch your step."),
        (MONDAY, "7:-3 10:-2/s1/i615 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Rain and snow until 10:00, about 1cm. Black ice risk. Watch your step."),
        (MONDAY, "7:-3 10:-2/i601/p50 13:-2 16:-2 19:-2 22:-3",
         "-3 to -2C. Maybe snow until 10:00 (50%). Warm coat."),
    ],
    "wind in three levels, by gust or by mean": [
        (MONDAY, "7:15 10:15 13:15/g12.9 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Light jacket."),
        (MONDAY, "7:15 10:15 13:15/g13 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Windy this afternoon, gusts 45km/h. Light jacket."),
        (MONDAY, "7:15 10:15 13:15/g20.4 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Windy this afternoon, gusts 75km/h. Light jacket."),
        (MONDAY, "7:15 10:15 13:15/g20.5 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Very windy this afternoon, gusts 75km/h. "
         "Tie down loose things."),
        (MONDAY, "7:15 10:15 13:15/g25.8 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Very windy this afternoon, gusts 95km/h. "
         "Tie down loose things."),
        (MONDAY, "7:15 10:15 13:15/g25.9 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Dangerous wind this afternoon, gusts 95km/h. "
         "Keep away from trees."),
        (MONDAY, "7:15 10:15 13:15/w8.9 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Light jacket."),
        (MONDAY, "7:15 10:15 13:15/w9 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Windy this afternoon, 30km/h. Light jacket."),
        (MONDAY, "7:15 10:15 13:15/w13.9 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Very windy this afternoon, 50km/h. "
         "Tie down loose things."),
        (MONDAY, "7:15 10:15 13:15/w17.9 16:15 19:15 22:15",
         "15C all day, mostly sunny and dry. Dangerous wind this afternoon, 65km/h. "
         "Keep away from trees."),
        (MONDAY, "7:15/g14 10:15/g14 13:15/g15 16:15/g14 19:15 22:15",
         "15C all day, mostly sunny and dry. Windy, gusts 55km/h. Light jacket."),
    ],
    "heat from 39.4 C felt or measured, frostbite from -28, feels like 3 degrees outside": [
        (MONDAY, "7:25 10:27 13:36/f39.3 16:28 19:26 22:25",
         "25-36C, feels like 39, mostly sunny and dry. Drink water, find shade."),
        (MONDAY, "7:25 10:27 13:36/f39.4 16:28 19:26 22:25",
         "25-36C, feels like 39, mostly sunny and dry. Dangerous heat. Drink water, find shade."),
        (MONDAY, "7:25 10:27 13:39.4/f37 16:28 19:26 22:25",
         "25-39C, mostly sunny and dry. Dangerous heat. Drink water, find shade."),
        (MONDAY, "7:25 10:27 13:28/f31.9 16:28 19:26 22:25",
         "25-28C, feels like 32, mostly sunny and dry. T-shirt weather."),
        (MONDAY, "7:25 10:27 13:31/f32 16:28 19:26 22:25",
         "25-31C, mostly sunny and dry. Drink water, find shade."),
        (MONDAY, "7:25 10:27 13:28/f30.9 16:28 19:26 22:25",
         "25-28C, mostly sunny and dry. T-shirt weather."),
        (MONDAY, "7:-21 10:-20 13:-20/f-27.9 16:-20 19:-20 22:-21",
         "-21 to -20C, feels like -28, mostly sunny and dry. Hat and gloves."),
        (MONDAY, "7:-21 10:-20 13:-20/f-28 16:-20 19:-20 22:-21",
         "-21 to -20C, feels like -28, mostly sunny and dry. Frostbite risk. Hat and gloves."),
    ],
    "light rain that falls only while people sleep is not said": [
        (NIGHT, "-1:10 2:10/r.3/p60 9:10 12:10 15:10 18:10 21:10 24:10",
         "10C all day, mostly sunny, maybe a few drops. Bring a jacket."),
        (NIGHT, "-1:10 5:10/r2/p49 9:10 12:10 15:10 18:10 21:10 24:10",
         "10C all day, mostly sunny, maybe a few drops. Bring a jacket."),
        (NIGHT, "-1:10 5:10/r2/p50 9:10 12:10 15:10 18:10 21:10 24:10",
         "10C all day. Maybe rain 2-5h (50%). Bring a jacket."),
        (NIGHT, "-1:10 5:10/r2/p50 8:10/r1/p50 9:10 12:10 15:10 18:10 21:10 24:10",
         "10C all day. Maybe rain 2-8h (50%). Take an umbrella."),
        (NIGHT, "-1:10 5:4/s.3/p40 9:10 12:10 15:10 18:10 21:10 24:10",
         "4-10C. Maybe snow 2-5h (40%). Bring a jacket."),
    ],
    "from 17:00 on: tonight and tomorrow; before, the day": [
        (EVENING, "18:10 21:8 24:6 27:5/r.3/p60 30:5 33:7 36:9 39:9 42:8 45:7 48:6",
         "Tonight low 5C. Tomorrow 5-9C, mostly sunny and dry. Bring a jacket."),
        (EVENING, "18:10 21:8 24:6 27:5/r3/p60 30:5 33:7 36:9 39:9 42:8 45:7 48:6",
         "Tonight low 5C. Rain likely 0-3h (60%), about 3mm. Tomorrow 5-9C, mostly sunny and dry. "
         "Bring a jacket."),
        (EVENING, "18:10 21:8 24:6 27:-1 30:-2 33:7 36:9 39:9/r3 42:8/r3 45:7 48:6",
         "Tonight low -2C. Frost. Tomorrow -2 to 9C. Rain 12-18h, about 6mm. Frost. "
         "Take an umbrella."),
        ("2026-11-23T16:59", "17:10 20:8 23:6 26:5 29:5 32:7 36:9 39:9 42:8 45:7 48:6",
         "5-10C, clear and dry. Bring a jacket."),
        ("2026-11-23T23:30", "23.6:10 26:8 29:6 32:5 35:5 38:7 41:9 44:9 47:8",
         "Tonight low 6C. Tomorrow 5-9C, mostly sunny and dry. Bring a jacket."),
    ],
    "one spell, two spells, more; from the start, to the end, throughout": [
        (MONDAY, "7:10 10:10 13:10/r2 16:10/r2 19:10 22:10",
         "10C all day. Rain 10-16h, about 4mm. Take an umbrella."),
        (MONDAY, "7:10 10:10/r2 13:10 16:10/r2 19:10 22:10",
         "10C all day. Rain until 10:00 and 13-16h, about 4mm. Take an umbrella."),
        (MONDAY, "7:10 10:10/r2 13:10 16:10/r2 19:10 22:10/r3",
         "10C all day. Rain on and off all day, about 7mm, most 19-22h. Take an umbrella."),
        (MONDAY, "7:10 10:10/r.9 13:10 16:10/r.9 19:10 22:10/r.9",
         "10C all day. Rain on and off all day, about 3mm. Take an umbrella."),
        (MONDAY, "7:10 10:10/r2 13:10/r2 16:10/r2 19:10/r2 22:10/r2 24:10/r2",
         "10C all day. Rain all day, about 12mm. Take an umbrella."),
        (MONDAY, "7:10 10:10 13:10 16:10 19:10 22:10/r2 24:10/r2",
         "10C all day. Rain from 19:00, about 4mm. Take an umbrella."),
    ],
    "fog below 1000 m or by its code, dense below 200 m": [
        (MONDAY, "7:5 10:5/v999 13:8 16:8 19:6 22:5",
         "5-8C, mostly sunny and dry. Fog this morning. Bring a jacket."),
        (MONDAY, "7:5 10:5/v1000 13:8 16:8 19:6 22:5",
         "5-8C, mostly sunny and dry. Bring a jacket."),
        (MONDAY, "7:5 10:5/v199 13:8 16:8 19:6 22:5",
         "5-8C, mostly sunny and dry. Dense fog this morning. Bring a jacket."),
        (MONDAY, "7:5 10:5/i741 13:8 16:8 19:6 22:5",
         "5-8C, mostly sunny, maybe a few drops. Fog this morning. Bring a jacket."),
        (MONDAY, "7:5/v300 10:5/v300 13:5/v300 16:8/v300 19:6 22:5",
         "5-8C, mostly sunny and dry. Fog most of the day. Bring a jacket."),
    ],
    "frost on a calm morning that thaws; ice where wet ground freezes": [
        (MONDAY, "8:-1/w4.9 11:2 14:3 17:2 20:1",
         "-1 to 3C, mostly sunny and dry. Frost this morning. Scrape the car."),
        (MONDAY, "8:-1/w5 11:2 14:3 17:2 20:1", "-1 to 3C, mostly sunny and dry. Warm coat."),
        (MONDAY, "8:1 11:2 14:3 17:-1 20:-3", "-3 to 3C, mostly sunny and dry. Warm coat."),
        (MONDAY, "8:0 11:0 14:0 17:-1 20:-3", "-3 to 0C, mostly sunny and dry. Warm coat."),
        (MONDAY, "8:2/r2 11:2 14:1 17:-1 20:-3",
         "-3 to 2C. Rain until 8:00. Wet ground freezes by 17:00. Watch your step."),
        (MONDAY, "8:2/r2 11:2 14:1 17:-.9 20:-3",
         "-3 to 2C. Rain until 8:00. Wet ground freezes by 20:00. Watch your step."),
        (MONDAY, "8:2/r2 11:2 14:1 17:1 20:.5 23:-1",
         "-1 to 2C. Rain until 8:00. Take an umbrella."),
    ],
    "the sky by mean cloud between 7 and 19 h, and by its change at 13 h": [
        (MONDAY, "7:15/c12 10:15/c12 13:15/c12 16:15/c12 19:15/c12 22:15",
         "15C all day, sunny and dry. Light jacket."),
        (MONDAY, "7:15/c13 10:15/c13 13:15/c13 16:15/c13 19:15/c13 22:15",
         "15C all day, mostly sunny and dry. Light jacket."),
        (MONDAY, "7:15/c37 10:15/c37 13:15/c37 16:15/c37 19:15/c37 22:15",
         "15C all day, mostly sunny and dry. Light jacket."),
        (MONDAY, "7:15/c38 10:15/c38 13:15/c38 16:15/c38 19:15/c38 22:15",
         "15C all day, sun and clouds, dry. Light jacket."),
        (MONDAY, "7:15/c62 10:15/c62 13:15/c62 16:15/c62 19:15/c62 22:15",
         "15C all day, sun and clouds, dry. Light jacket."),
        (MONDAY, "7:15/c63 10:15/c63 13:15/c63 16:15/c63 19:15/c63 22:15",
         "15C all day, mostly cloudy but dry. Light jacket."),
        (MONDAY, "7:15/c87 10:15/c87 13:15/c87 16:15/c87 19:15/c87 22:15",
         "15C all day, mostly cloudy but dry. Light jacket."),
        (MONDAY, "7:15/c88 10:15/c88 13:15/c88 16:15/c88 19:15/c88 22:15",
         "15C all day, cloudy but dry. Light jacket."),
        (MONDAY, "7:15/c10 10:15/c10 13:15/c60 16:15/c60 19:15/c60 22:15",
         "15C all day, sun then clouds, dry. Light jacket."),
        (MONDAY, "7:15/c60 10:15/c60 13:15/c10 16:15/c10 19:15/c10 22:15",
         "15C all day, clouds then sun, dry. Light jacket."),
        (MONDAY, "7:15/c10 10:15/c10 13:15/c59 16:15/c59 19:15/c59 22:15",
         "15C all day, sun and clouds, dry. Light jacket."),
    ],
    "how dry, by the highest probability": [
        (MONDAY, "7:15/c100 10:15/p19/c100 13:15/c100 16:15/c100 19:15/c100 22:15",
         "15C all day, cloudy but dry. Light jacket."),
        (MONDAY, "7:15/c100 10:15/p20/c100 13:15/c100 16:15/c100 19:15/c100 22:15",
         "15C all day, cloudy, rain unlikely. Light jacket."),
        (MONDAY, "7:15/c100 10:15/p39/c100 13:15/c100 16:15/c100 19:15/c100 22:15",
         "15C all day, cloudy, rain unlikely. Light jacket."),
        (MONDAY, "7:15/c100 10:15/p40/c100 13:15/c100 16:15/c100 19:15/c100 22:15",
         "15C all day, cloudy, maybe a few drops. Light jacket."),
    ],
    "what may fall is snow where the high is 0 C or less": [
        (MONDAY, "7:-3/c100 10:-2/p20/c100 13:0/c100 16:-1/c100 19:-2/c100 22:-3",
         "-3 to 0C, cloudy, snow unlikely. Warm coat."),
        (MONDAY, "7:-3/c100 10:-2/p40/c100 13:0/c100 16:-1/c100 19:-2/c100 22:-3",
         "-3 to 0C, cloudy, maybe a few flakes. Warm coat."),
        (MONDAY, "7:-3/c100 10:-2/p19/c100 13:0/c100 16:-1/c100 19:-2/c100 22:-3",
         "-3 to 0C, cloudy but dry. Warm coat."),
        (MONDAY, "7:-3/c100 10:-2/p20/c100 13:.1/c100 16:-1/c100 19:-2/c100 22:-3",
         "-3 to 0C, cloudy, rain unlikely. Frost this morning. Scrape the car."),
        (MONDAY, "7:-3/c100 10:-2/p40/c100 13:.1/c100 16:-1/c100 19:-2/c100 22:-3",
         "-3 to 0C, cloudy, maybe a few drops. Frost this morning. Scrape the car."),
    ],
    "turning colder: the high before noon, 5 degrees less at the first moment from 15:00": [
        (MONDAY, "7:10 10:12 13:10 16:7 19:6 22:5",
         "5-12C, mostly sunny and dry. Turning colder, 7C by 16:00. Bring a jacket."),
        (MONDAY, "7:10 10:12 13:10 16:7.1 19:6 22:5",
         "5-12C, mostly sunny and dry. Bring a jacket."),
        (MONDAY, "7:10 10:10 13:12 16:6 19:6 22:5", "5-12C, mostly sunny and dry. Bring a jacket."),
    ],
    "smoke and dust by their codes": [
        (MONDAY, "7:10 10:12/i711/p0 13:10 16:10 19:10 22:9",
         "9-12C, mostly sunny and dry. Smoky air. Wear a mask."),
        (MONDAY, "7:10 10:12/i721/p0 13:10 16:10 19:10 22:9",
         "9-12C, mostly sunny and dry. Bring a jacket."),
        (MONDAY, "7:10 10:12/i731/p0 13:10 16:10 19:10 22:9",
         "9-12C, mostly sunny and dry. Dusty air. Wear a mask."),
        (MONDAY, "7:10 10:12/i751/p0 13:10 16:10 19:10 22:9",
         "9-12C, mostly sunny and dry. Dusty air. Wear a mask."),
        (MONDAY, "7:10 10:12/i762/p0 13:10 16:10 19:10 22:9",
         "9-12C, mostly sunny and dry. Dusty air. Wear a mask."),
    ],
    "a Friday looks at the weekend": [
        (FRIDAY,
         "8:10 11:10 14:10 17:10 20:10 23:10 32:10 35:10 38:10 41:10 44:10 47:10 56:10 59:10 62:10 "
         "65:10 68:10 71:10",
         "10C all day, mostly sunny and dry. Dry weekend ahead. Bring a jacket."),
        (FRIDAY,
         "8:10 11:10 14:10 17:10 20:10 23:10 32:10 35:10/r2 38:10 41:10 44:10 47:10 56:10 59:10 "
         "62:10 65:10 68:10 71:10",
         "10C all day, mostly sunny and dry. Rain Saturday, dry Sunday. Bring a jacket."),
        (FRIDAY,
         "8:10 11:10 14:10 17:10 20:10 23:10 32:10 35:10/r2 38:10 41:10 44:10 47:10 56:10 59:10/r2 "
         "62:10 65:10 68:10 71:10",
         "10C all day, mostly sunny and dry. Wet weekend ahead. Bring a jacket."),
        (FRIDAY,
         "8:10 11:10 14:10 17:10 20:10 23:10 32:0 35:0/s2 38:0 41:0 44:0 47:0 56:0 59:0/s2 62:0 "
         "65:0 68:0 71:0",
         "10C all day, mostly sunny and dry. Snowy weekend ahead. Bring a jacket."),
        (FRIDAY,
         "8:10 11:10 14:10 17:10 20:10 23:10 32:4 35:4/p20 38:4 41:4 44:4 47:4 56:10 59:10 62:10",
         "10C all day, mostly sunny and dry. Tomorrow colder, 4C. Bring a jacket."),
    ],
    "other days look at tomorrow": [
        (MONDAY, "8:10 11:10 14:10 17:10 20:10 23:10 32:10 35:10/r1/p50 38:10 41:10 44:10 47:10",
         "10C all day, mostly sunny and dry. Rain tomorrow. Bring a jacket."),
        (MONDAY, "8:10 11:10 14:10 17:10 20:10 23:10 32:10 35:10/r1/p49 38:10 41:10 44:10 47:10",
         "10C all day, mostly sunny and dry. Bring a jacket."),
        (MONDAY, "8:10 11:10 14:10 17:10 20:10 23:10 32:4 35:4 38:4 41:4 44:4 47:4",
         "10C all day, mostly sunny and dry. Tomorrow colder, 4C. Bring a jacket."),
        (MONDAY, "8:10 11:10 14:10 17:10 20:10 23:10 32:4.1 35:4.1 38:4.1 41:4.1 44:4.1 47:4.1",
         "10C all day, mostly sunny and dry. Bring a jacket."),
    ],
    "nights in which the clocks change": [
        ("2026-10-31T18:00", "18:10 21:8 24:6 25:5 28:4/r2 31:4 34:7 37:9 40:9 43:8 46:7",
         "Tonight low 4C. Rain 1-4h. Tomorrow 4-9C, mostly sunny and dry. Bring a jacket."),
        ("2026-03-07T18:00", "18:10 21:8 24:6 27:4 30:4/r2 33:7 36:9 39:9 42:8 45:7",
         "Tonight low 4C. Rain from 3:00. Tomorrow 4-9C, mostly sunny and dry. Bring a jacket."),
        ("2026-03-08T07:00", "7:4 10:6 13:8/r2 16:8 19:6 22:5",
         "4-8C. Rain 10-13h. Take an umbrella."),
    ],
}  # fmt: skip
OBSERVED = [
    ("8:10 11:10 14:10 17:10 20:10 23:10", "9/i500",
     "9-10C, 9 now. Raining now. Sunset 17:00. Take an umbrella."),
    ("8:10/r1 11:10 14:10 17:10 20:10 23:10", "9/i500",
     "9-10C, 9 now. Rain until 8:00. Sunset 17:00. Take an umbrella."),
    ("8:-2 11:-2 14:-2 17:-2 20:-2 23:-3", "1/i500",
     "-3 to 1C, 1 now. Raining now. Wet ground freezes by 8:00. Sunset 17:00. Watch your step."),
    ("8:10 11:10 14:10 17:10 20:10 23:10", "9/i211",
     "9-10C, 9 now. Thunder now. Sunset 17:00. Take an umbrella."),
    ("8:-3 11:-3 14:-3 17:-3 20:-4", "-2/i600",
     "-4 to -2C, -2 now. Snowing now. Sunset 17:00. Warm coat."),
]  # fmt: skip
CASES = [
    pytest.param(*case, id=f"{rule}: {case[1]}") for rule, cases in RULES.items() for case in cases
]
QUIET = "8:10 11:10 14:10 17:10 20:10 23:10"
SAID = "10C all day, mostly sunny and dry. Bring a jacket."


def said(weather: Forecast, local: str = MONDAY) -> str:
    return text(weather, "Denver", local, METRIC).text.split(": ", 1)[1]


@pytest.mark.parametrize(("local", "weather", "expected"), CASES)
def test_rule(local: str, weather: str, expected: str) -> None:
    assert said(made(weather, "Denver", local), local) == expected


@pytest.mark.parametrize(("weather", "observed", "expected"), OBSERVED)
def test_what_is_seen_now(weather: str, observed: str, expected: str) -> None:
    assert said(made(weather, "Denver", MONDAY, observed)) == expected


@pytest.mark.parametrize("hours", [-2.1, 2.1])
def test_an_old_observation_is_not_now(hours: float) -> None:
    weather = made(QUIET, "Denver", MONDAY, "3/i500")
    assert weather.observation is not None
    old = replace(weather.observation, time=weather.observation.time + timedelta(hours=hours))
    assert said(replace(weather, observation=old, sunset=None)) == SAID


def test_an_observation_is_not_now_in_a_text_for_later() -> None:
    zone = ZoneInfo("America/Denver")
    weather = made(QUIET, "Denver", MONDAY, "3/i500")
    occurrence = datetime(2026, 11, 23, 8, tzinfo=zone)
    topics = [
        fact.topic
        for fact in brief(weather, occurrence, occurrence - timedelta(minutes=16), zone).facts
    ]
    assert topics == ["sky", "advice"]
    topics = [
        fact.topic
        for fact in brief(weather, occurrence, occurrence - timedelta(minutes=15), zone).facts
    ]
    assert "wet_now" in topics


def test_too_little_forecast_is_no_text() -> None:
    zone = ZoneInfo("America/Denver")
    late = datetime(2026, 11, 24, 7, tzinfo=zone)
    with pytest.raises(NoForecast):
        brief(made(QUIET, "Denver", MONDAY), late, late, zone)
    with pytest.raises(NoForecast):
        brief(Forecast(hours=()), late, late, zone)


def test_a_step_without_anything_optional_is_enough() -> None:
    start = datetime(2026, 11, 23, 15, tzinfo=UTC)
    hours = tuple(Hour(time=start + timedelta(hours=3 * i), temperature_c=10) for i in range(5))
    assert said(Forecast(hours=hours)) == "10C all day. Bring a jacket."


HOURLY = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 7:00 in Denver


def hourly(rain_mm: dict[int, float]) -> Forecast:
    """A day of hourly steps with a probability of 90 % where it rains."""
    return Forecast(
        hours=tuple(
            Hour(time=HOURLY + timedelta(hours=i), temperature_c=10, step_h=1,
            rain_mm=rain_mm.get(i, 0),
                 pop=0.9 if i in rain_mm else 0.0)
            for i in range(24)
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rain_mm", "expected"),
    [
        ({3: 0.09}, "10C all day. Bring a jacket."),
        ({3: 0.1}, "10C all day. Light rain 9-10h. Take an umbrella."),
        ({3: 0.4}, "10C all day. Rain 9-10h. Take an umbrella."),
        ({3: 4.0}, "10C all day. Heavy rain 9-10h, about 4mm. Take an umbrella."),
        ({3: 1.0, 6: 1.0}, "10C all day. Rain 9-13h. Take an umbrella."),
        ({3: 1.0, 7: 1.0}, "10C all day. Rain 9-10h and 13-14h. Take an umbrella."),
    ],
)
def test_hourly_steps(rain_mm: dict[int, float], expected: str) -> None:
    assert said(hourly(rain_mm)) == expected


START = datetime(2026, 11, 23, 7, tzinfo=ZoneInfo("America/Denver"))
GALE = Alert(event="Gale Warning", severity="Severe", ends=START + timedelta(hours=9))
FLOOD = Alert(event="Flood Warning", severity="Severe", ends=START + timedelta(hours=9))
FREEZE = replace(FLOOD, event="Freeze Warning", severity="Moderate")
STORM_LATER = replace(FLOOD, event="Ice Storm Warning", begins=START + timedelta(hours=3))


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ((FLOOD,), "FLOOD WARNING until 4pm. "),
        ((replace(FLOOD, severity="Extreme", ends=None),), "FLOOD WARNING. "),
        ((replace(FLOOD, ends=None, expires=START + timedelta(hours=1)),), "FLOOD WARNING. "),
        ((replace(FLOOD, ends=START),), ""),
        ((replace(FLOOD, ends=None, expires=START),), ""),
        ((replace(FLOOD, expires=START - timedelta(hours=1)),), "FLOOD WARNING until 4pm. "),
        ((replace(FLOOD, status="Test"),), ""),
        ((replace(FLOOD, message_type="Cancel"),), ""),
        ((replace(FLOOD, severity="Moderate"),), "Flood Warning until 4pm. "),
        ((replace(FLOOD, severity="Unknown"),), "Flood Warning until 4pm. "),
        ((replace(GALE, severity="Moderate"),), ""),
        ((replace(FLOOD, event="Special Weather Statement", severity="Moderate"),), ""),
        ((FREEZE, replace(FREEZE, event="Frost Advisory", severity="Minor")),
         "Freeze Warning until 4pm +1. "),
        ((FREEZE, replace(FLOOD, event="Wind Advisory", severity="Severe")),
         "WIND ADVISORY until 4pm +1. "),
        ((replace(FLOOD, event="Wind Advisory", severity="Moderate"),),
         "Wind Advisory until 4pm. "),
        ((replace(FLOOD, begins=START + timedelta(hours=2)),), "FLOOD WARNING 9am to 4pm. "),
        ((replace(FLOOD, begins=START + timedelta(hours=1)),), "FLOOD WARNING until 4pm. "),
        ((replace(FLOOD, ends=START + timedelta(hours=17)),), "FLOOD WARNING until midnight. "),
        ((GALE,), ""),
        ((replace(FLOOD, event="Storm Warning"),), ""),
        ((replace(FLOOD, event="Winter Storm Warning"),), "WINTER STORM WARNING until 4pm. "),
        ((replace(FLOOD, event="Rip Current Statement"),), ""),
        ((FLOOD, GALE, replace(FLOOD, event="Tornado Warning", severity="Extreme"), replace(FLOOD,
         event="Flood Watch")),
         "TORNADO WARNING until 4pm +2. "),
        ((FLOOD, FLOOD, replace(FLOOD, event="Flood Watch"), replace(FLOOD, event="Flood Watch")),
         "FLOOD WARNING until 4pm +1. "),
        ((FLOOD, replace(FLOOD, ends=None)), "FLOOD WARNING until 4pm. "),
        ((STORM_LATER, FLOOD), "FLOOD WARNING until 4pm +1. "),
        ((STORM_LATER, replace(FLOOD, event="Flood Watch")), "FLOOD WATCH until 4pm +1. "),
        ((STORM_LATER, replace(FLOOD, begins=START + timedelta(hours=2))),
         "FLOOD WARNING 9am to 4pm +1. "),
        ((replace(STORM_LATER, severity="Extreme"), FLOOD), "ICE STORM WARNING 10am to 4pm +1. "),
    ],
)  # fmt: skip
def test_official_warnings(alerts: tuple[Alert, ...], expected: str) -> None:
    weather = replace(made(QUIET, "Denver", MONDAY), alerts=alerts)
    style = replace(METRIC, clock_12h=True)
    assert text(weather, "Denver", MONDAY, style).text == f"Denver Mon Nov 23: {expected}{SAID}"


def test_a_warning_silences_what_it_is_about_but_not_the_advice() -> None:
    heat = "7:30 10:35 13:41 16:40 19:35 22:30"
    plain = made(heat, "Denver", MONDAY)
    assert said(plain) == "30-41C, mostly sunny and dry. Dangerous heat. Drink water, find shade."
    assert said(replace(plain, alerts=(replace(FLOOD, event="Excessive Heat Warning"),))) == (
        "EXCESSIVE HEAT WARNING until 16:00. 30-41C, mostly sunny and dry. Drink water, find shade."
    )
    assert said(replace(plain, alerts=(FLOOD,))) == (
        "FLOOD WARNING until 16:00. 30-41C, mostly sunny and dry. Dangerous heat. Drink water, "
        "find shade."
    )


def test_a_warning_for_more_than_six_days_has_no_weekday_that_could_be_the_next() -> None:
    weather = made(QUIET, "Denver", MONDAY)
    for days, expected in ((6, "FLOOD WARNING until Sun 7:00. "), (16, "FLOOD WARNING. ")):
        assert said(
            replace(weather, alerts=(replace(FLOOD, ends=START + timedelta(days=days)),))
        ).startswith(expected)


def test_a_text_that_leaves_on_the_next_day_says_which_day_it_speaks_of() -> None:
    zone = ZoneInfo("Europe/London")
    occurrence = datetime(2026, 11, 23, 23, 30, tzinfo=zone)
    weather = made(
        "26:8 29:7 32:8 35:10 38:11 41:9 44:8 48:8 51:8/r2 54:8/r3 57:8/r3 60:8 66:8",
        "London",
        MONDAY,
    )
    told = brief(weather, occurrence, occurrence + timedelta(hours=1), zone)
    message = compose(told, "London", METRIC, words("en"))
    assert message.text == "London Mon 23 Nov: Tue 7-11C, mostly sunny and dry. Bring a jacket."


def test_an_afternoon_is_not_colder_than_yesterday_because_the_high_is_over() -> None:
    afternoon = "2026-11-23T16:00"
    weather = made("17:9 20:8 23:7 26:6 29:6", "Denver", afternoon)
    noon = replace(
        weather.hours[0],
        time=datetime(2026, 11, 23, 13, tzinfo=ZoneInfo("America/Denver")),
        temperature_c=15,
    )
    equal = replace(weather, yesterday_high_c=15.0, hourly=(noon,))
    assert "yesterday" not in said(equal, afternoon)
    assert "6 degrees colder than yesterday" in said(replace(equal, hourly=()), afternoon)


@pytest.mark.parametrize(
    ("weather", "expected"),
    [
        ("8:30/v400/i761/p0 10:30/v400/i761/p0 13:30 16:30 19:30 22:30",
         "30C all day, mostly sunny and dry. Dusty air. Wear a mask."),
        ("8:20/v700/i711/p0 10:20/v700/i711/p0 13:20 16:20 19:20 22:20",
         "20C all day, mostly sunny and dry. Smoky air. Wear a mask."),
        ("8:26/r1/v500 10:26/r9/v500 13:26 16:26 19:26 22:26",
         "26C all day. Heavy rain until 10:00, about 9mm. Take an umbrella."),
        ("8:12/v500 10:12 13:12 16:12 19:12 22:12",
         "12C all day, mostly sunny and dry. Fog this morning. Light jacket."),
        ("8:20/i781/p30 10:22 13:24 16:24 19:22 22:20", "20-24C. Tornado risk. Stay inside."),
        ("8:20/i781/p19 10:22 13:24 16:24 19:22 22:20", "20-24C. No coat needed."),
        ("8:20/i771/p30 10:22 13:24 16:24 19:22 22:20", "20-24C. Squalls. No coat needed."),
        ("8:20/r1/p40 10:22/g18 13:24 16:24 19:22 22:20",
         "20-24C. Maybe rain until 8:00 (40%). Windy this morning, gusts 65km/h. No coat needed."),
    ],
)  # fmt: skip
def test_what_is_not_fog_and_what_is_no_picnic(weather: str, expected: str) -> None:
    assert said(made(weather, "Denver", MONDAY)) == expected


def test_of_two_spells_the_one_that_may_not_come_is_told_as_such() -> None:
    sure_first = "10:10/r3/p90 13:10 16:10 19:10 22:10/r1/p30 24:10"
    assert (
        said(made(sure_first, "Denver", MONDAY))
        == "10C all day. Rain until 10:00, maybe 19-22h, about 4mm. Take an umbrella."
    )
    sure_last = "10:10/r1/p30 13:10 16:10 19:10 22:10/r3/p90 24:10"
    assert (
        said(made(sure_last, "Denver", MONDAY))
        == "10C all day. Rain 19-22h, maybe until 10:00, about 4mm. Take an umbrella."
    )
    alike = "10:10/r3/p90 13:10 16:10 19:10 22:10/r1/p60 24:10"
    assert (
        said(made(alike, "Denver", MONDAY))
        == "10C all day. Rain until 10:00 and 19-22h, about 4mm. Take an umbrella."
    )


def test_no_one_looks_for_shade_at_night() -> None:
    evening = "2026-07-20T20:00"
    text = said(made("20:33 23:24 26:20 29:19 32:15 35:18 38:20 44:17", "Denver", evening), evening)
    assert "Drink water" not in text


def test_where_the_sun_does_not_shine_it_is_not_sunny() -> None:
    weather = made("8:-10/c0 11:-9/c0 14:-8/c0 17:-9/c0 20:-10 23:-10", "Denver", MONDAY)
    dark = replace(weather, hours=tuple(replace(hour, daylight=False) for hour in weather.hours))
    assert said(dark).startswith("-10 to -8C, clear and dry.")
    cloudy = tuple(replace(hour, cloud_percent=50) for hour in dark.hours)
    assert said(replace(dark, hours=cloudy)).startswith("-10 to -8C, partly cloudy, dry.")


def test_a_weekend_of_rain_and_then_snow_is_not_called_rainy() -> None:
    friday = "2026-12-11T07:00"
    weather = made(
        "8:3 14:4 20:3 26:2 32:3/r2 38:3/r4 44:2/r4 50:0 56:-1/s8 62:-2/s8 68:-3/s4 72:-3",
        "Denver",
        friday,
    )
    assert "weekend" not in said(weather, friday)
    assert "Rain tomorrow" in said(weather, friday)


@pytest.mark.parametrize(
    ("yesterday_c", "expected"),
    [
        (16.0, "6 degrees colder than yesterday. "),
        (15.9, ""),
        (4.0, "6 degrees warmer than yesterday. "),
        (4.1, ""),
    ],
)
def test_against_yesterday(yesterday_c: float, expected: str) -> None:
    weather = replace(made(QUIET, "Denver", MONDAY), yesterday_high_c=yesterday_c)
    assert said(weather) == f"10C all day, mostly sunny and dry. {expected}Bring a jacket."


@pytest.mark.parametrize(
    ("uv", "air", "expected"),
    [
        (5.9, 3, "Bring a jacket."), (6, 3, "UV high (6). Wear sunscreen."),
        (8, 3, "UV very high (8). Wear sunscreen."), (11, 3, "UV extreme (11). Wear sunscreen."),
        (0, 4, "Poor air. Wear a mask."), (0, 5, "Very poor air. Wear a mask."),
    ],
)  # fmt: skip
def test_sun_and_air(uv: float, air: int, expected: str) -> None:
    weather = made(QUIET, "Denver", MONDAY)
    noon = replace(weather.hours[2], uv_index=uv, air_quality_index=air)
    hours = (*weather.hours[:2], noon, *weather.hours[3:])
    assert said(replace(weather, hours=hours)) == f"10C all day, mostly sunny and dry. {expected}"


@pytest.mark.parametrize(
    ("low_c", "high_c", "expected"),
    [
        (-10, 5, "Hat and gloves"), (2, 10, "Warm coat"), (2, 11, "Bring a jacket"),
        (1, 11, "Dress in layers"), (10, 19, "Bring a jacket"), (10, 20, "Dress in layers"),
        (17, 24, "Light jacket"), (17, 25, "T-shirt weather"), (18, 24, "No coat needed"),
    ],
)  # fmt: skip
def test_what_to_wear(low_c: int, high_c: int, expected: str) -> None:
    weather = f"7:{low_c}/w6 10:{low_c}/w6 13:{high_c} 16:{high_c} 19:{low_c} 22:{low_c}"
    assert said(made(weather, "Denver", MONDAY)).endswith(f" {expected}.")


@pytest.mark.parametrize(
    ("weather", "expected"),
    [
        ("7:15 10:15/g8 13:15/w18 16:15 19:15 22:15",
         "Dangerous wind this afternoon, 65km/h. Keep away from trees."),
        ("7:15 10:15/g16/w5 13:15/w18 16:15/w18/g15 19:15 22:15",
         "Dangerous wind this afternoon, 65km/h. Keep away from trees."),
        ("7:15 10:15/w10/g0 13:15 16:15 19:15 22:15", "Windy this morning, 35km/h. Light jacket."),
    ],
)  # fmt: skip
def test_wind_is_told_by_the_hours_that_are_that_windy(weather: str, expected: str) -> None:
    assert said(made(weather, "Denver", MONDAY)) == f"15C all day, mostly sunny and dry. {expected}"


@pytest.mark.parametrize(
    ("local", "weather", "fog"),
    [
        (MONDAY, "7:5/i741/p0 10:5 13:8 16:8 19:6 22:5", False),
        ("2026-11-23T07:10", "8:5/i741/p0 11:5 14:8 17:8 20:6 23:5", False),
        (MONDAY, "8:5/i741/p0 11:5 14:8 17:8 20:6 23:5", True),
        ("2026-11-23T12:00", "16:5 18:8 21:8 24:6 26:5/i741/p0 29:5", True),
    ],
)  # fmt: skip
def test_codes_belong_to_the_hours_before_their_time(local: str, weather: str, fog: bool) -> None:
    assert ("Fog" in said(made(weather, "Denver", local), local)) is fog


def test_a_warning_does_not_silence_frostbite() -> None:
    weather = made("7:-31 10:-30 13:-29 16:-29 19:-30 22:-31", "Denver", MONDAY)
    assert said(replace(weather, alerts=(FLOOD,))).endswith(
        "mostly sunny and dry. Frostbite risk. Hat and gloves."
    )


def test_a_warning_in_capitals_stays_in_the_sms_alphabet() -> None:
    alert = replace(FLOOD, event="Alerte de tempête à Genève")
    message = text(
        replace(made(QUIET, "Denver", MONDAY), alerts=(alert,)), "Denver", MONDAY, METRIC
    )
    assert message.text.startswith("Denver Mon 23 Nov: ALERTE DE TEMPETE A GENEVE until 16:00.")
    assert message.segments == 1


@pytest.mark.parametrize(
    ("weather", "observed", "expected"),
    [
        ("8:6 11:8 14:8 17:7 20:6", "6/i600",
         "6-8C, 6 now, mostly sunny and dry. Sunset 17:00. Bring a jacket."),
        ("8:-2 11:1 14:3 17:2 20:1", "-2/i600",
         "-2 to 3C, -2 now. Snowing now. Sunset 17:00. Warm coat."),
        ("8:1/r2 11:3 14:3 17:3 20:3", "-1/i800",
         "-1 to 3C, -1 now. Rain until 8:00. Black ice risk. Sunset 17:00. Watch your step."),
    ],
)  # fmt: skip
def test_what_is_seen_counts_for_snow_frost_and_ice(
    weather: str, observed: str, expected: str
) -> None:
    assert said(made(weather, "Denver", MONDAY, observed)) == expected


def test_an_umbrella_does_not_help_where_only_snow_is_said() -> None:
    assert said(made("7:3 10:3/s.3/r.3 13:3/s.5 16:3 19:3 22:3", "Denver", MONDAY)) == (
        "3C all day. Snow until 13:00. Bring a jacket."
    )


def test_tenths_of_a_degree_are_not_lost_to_floats() -> None:
    assert "Turning colder, 5C by 16:00" in said(
        made("7:10 10:10.2 13:10 16:5.2 19:5 22:5", "Denver", MONDAY)
    )
    cold = replace(made("7:2 10:2.2 13:2 16:2 19:2 22:2", "Denver", MONDAY), yesterday_high_c=8.2)
    assert "6 degrees colder than yesterday" in said(cold)


def test_in_the_evening_clothes_are_for_the_colder_of_both_periods() -> None:
    weather = made(
        "18:-12/w8 21:-9/w8 24:-6/w8 27:-5/w8 30:3/w8 33:7 36:9 39:9 42:8 45:7 48:6",
        "Denver",
        EVENING,
    )
    assert (
        said(weather, EVENING)
        == "Tonight low -12C. Hat and gloves. Tomorrow 3-9C, mostly sunny and dry."
    )


def test_the_hour_that_comes_twice_is_a_range_all_the_same() -> None:
    start = datetime(2026, 11, 1, 0, tzinfo=UTC)
    hours = tuple(
        Hour(time=start + timedelta(hours=i), temperature_c=10, step_h=1,
        rain_mm=2.0 if i == 8 else 0, pop=0.9 if i == 8 else 0)
        for i in range(30)
    )  # fmt: skip
    assert "Rain 1-2h." in said(Forecast(hours=hours), "2026-10-31T18:00")


def test_local_and_utc_arguments_give_the_same_briefing() -> None:
    zone = ZoneInfo("America/Denver")
    first = datetime(2026, 10, 31, 16, tzinfo=zone)
    hours = tuple(
        Hour(time=first.astimezone(UTC) + timedelta(hours=i), temperature_c=20 - i)
        for i in range(20)
    )
    briefs = [brief(Forecast(hours=hours), at, at, zone) for at in (first, first.astimezone(UTC))]
    assert briefs[0].facts == briefs[1].facts
    assert briefs[0].periods[0].end == briefs[1].periods[0].end

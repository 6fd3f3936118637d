"""A preview -> Markdown for the job summary: the text as on a phone, and the day it came from."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from weather_sms.forecast import Hour
from weather_sms.report.actions import markdown, table
from weather_sms.text.style import Style, rounded

AHEAD = timedelta(hours=24)


def page(
    bubble: str,
    cost: str,
    place: str,
    hours: tuple[Hour, ...],
    style: Style,
    zone: ZoneInfo,
    now: datetime,
) -> str:
    """The whole page: bubble, chart and table of the hours to come."""
    shown = [hour for hour in hours if now <= hour.time < now + AHEAD]
    parts = [f"### {markdown(place)}", f"```text\n{bubble}\n```", markdown(cost)]
    if len(shown) > 1:
        parts += [chart(shown, style, zone), _table(shown, style, zone)]
    return "\n\n".join(parts)


def chart(hours: list[Hour], style: Style, zone: ZoneInfo) -> str:
    """Draw temperature as a line, rain and snow as bars, in one mermaid chart.

    Source: https://mermaid.js.org/syntax/xyChart.html.
    """
    temperatures = [style.temperature(hour.temperature_c) for hour in hours]
    wet_mm = [rounded((hour.rain_mm + hour.snow_mm) * 10) / 10 for hour in hours]
    times = ", ".join(f'"{hour.time.astimezone(zone):%H}h"' for hour in hours)
    bottom, top = min(0, *temperatures), max(*temperatures, *map(round, wet_mm)) + 2
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta",
            f"    x-axis [{times}]",
            f'    y-axis "{style.unit} (line), mm (bars)" {bottom} --> {top}',
            f"    bar [{', '.join(f'{each:g}' for each in wet_mm)}]",
            f"    line [{', '.join(map(str, temperatures))}]",
            "```",
        ]
    )


def _table(hours: list[Hour], style: Style, zone: ZoneInfo) -> str:
    rows = [
        (
            f"{hour.time.astimezone(zone):%a %H:%M}",
            f"{style.temperature(hour.temperature_c)} {style.unit}",
            f"{hour.rain_mm + hour.snow_mm:.1f} mm",
            "" if hour.pop is None else f"{rounded(hour.pop * 100)} %",
            "" if hour.gust_ms is None else style.wind(hour.gust_ms),
        )
        for hour in hours
    ]
    return table(("time", "temperature", "rain and snow until then", "chance", "gusts"), rows)

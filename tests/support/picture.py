"""The picture of the README: a sample day's text on a phone, as SVG, light and dark.

`uv run python -m tests.support.picture` draws it anew.
"""

from __future__ import annotations

import textwrap
from xml.sax.saxutils import escape

from tests.conftest import ROOT
from weather_sms import Settings
from weather_sms.delivery.preview import preview
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock

COLUMNS, LINE, SIZE = 28, 20, 14
WIDTH, TOP, LEFT = 300, 92, 22
THEMES = {
    "light": {"page": "#f2f2f7", "case": "#1c1c1e", "screen": "#ffffff", "bubble": "#e9e9eb",
    "ink": "#111111", "grey": "#8e8e93"},
    "dark": {"page": "#000000", "case": "#3a3a3c", "screen": "#0b0b0c", "bubble": "#26262a",
    "ink": "#f5f5f7", "grey": "#8e8e93"},
}  # fmt: skip


def sample_text() -> str:
    """The text of the demo's day, as the job makes it."""
    day = DAYS["storm"]
    sandbox, clock = Sandbox(days=(day,)), FixedClock(day.moment)
    return preview(
        Settings.from_env(sandbox.env, sending=False), clock=clock, transport=sandbox.transport
    ).text


def svg(text: str, theme: str, time: str) -> str:
    """A phone that shows one text."""
    color, lines = THEMES[theme], textwrap.wrap(text, COLUMNS)
    tall = LINE * len(lines) + 24
    height = TOP + tall + 74
    spans = "".join(
        f'<text x="{LEFT + 14}" y="{TOP + 26 + LINE * row}" font-size="{SIZE}" '
        f'fill="{color["ink"]}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    middle = f'text-anchor="middle" fill="{color["grey"]}" x="{WIDTH / 2:g}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" \
viewBox="0 0 {WIDTH} {height}" role="img" \
font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif">
<title>A text on a phone: {escape(text)}</title>
<rect x="4" y="4" width="{WIDTH - 8}" height="{height - 8}" rx="38" fill="{color["screen"]}" \
stroke="{color["case"]}" stroke-width="6"/>
<rect x="{WIDTH / 2 - 38:g}" y="16" width="76" height="20" rx="10" fill="{color["case"]}"/>
<text {middle} y="60" font-size="13">Weather</text>
<text {middle} y="80" font-size="11">Today {time}</text>
<rect x="{LEFT}" y="{TOP}" width="{WIDTH - 2 * LEFT}" height="{tall}" rx="18" \
fill="{color["bubble"]}"/>
{spans}
<text x="{LEFT + 8}" y="{TOP + tall + 20}" font-size="11" fill="{color["grey"]}">\
{len(text)} of 160 characters</text>
<rect x="{WIDTH / 2 - 50:g}" y="{height - 22}" width="100" height="4" rx="2" \
fill="{color["case"]}"/>
</svg>
"""


def drawn() -> dict[str, str]:
    """Both pictures, by file name."""
    return {f"phone-{theme}.svg": svg(sample_text(), theme, "07:00") for theme in THEMES}


if __name__ == "__main__":
    for name, picture in drawn().items():
        (ROOT / "docs" / name).write_text(picture, "utf-8")

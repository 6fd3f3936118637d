"""Pure: a forecast -> the facts of that day worth a person's attention, ranked by importance.

The rules, their numbers and where those come from stand in docs/briefing.md.
"""

from weather_sms.text.briefing.brief import Briefing, brief
from weather_sms.text.briefing.fact import Fact, Span, When
from weather_sms.text.briefing.period import Period

__all__ = ["Briefing", "Fact", "Period", "Span", "When", "brief"]

"""Pure: a forecast -> ranked facts (`briefing/`) -> one text in the words of a language."""

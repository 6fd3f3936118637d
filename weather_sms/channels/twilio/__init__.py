"""Twilio: SMS and WhatsApp through its SDK, the account behind them, and its error codes in words."""

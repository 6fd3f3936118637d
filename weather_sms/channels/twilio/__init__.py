"""Twilio: SMS and WhatsApp by its SDK, the account behind them, and its error codes in words."""

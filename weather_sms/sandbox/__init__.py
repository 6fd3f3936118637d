"""The services in miniature refuse what the real ones refuse; the demo and the tests share them."""

from weather_sms.sandbox.world import Sandbox

__all__ = ["Sandbox"]

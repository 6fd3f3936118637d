"""The services in miniature, strict about what the real ones refuse. The demo and the tests share them."""

from weather_sms.sandbox.world import Sandbox

__all__ = ["Sandbox"]

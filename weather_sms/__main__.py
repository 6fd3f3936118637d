"""`python -m weather_sms` is the command `weather-sms`."""

import sys

from weather_sms.cli import main

sys.exit(main())

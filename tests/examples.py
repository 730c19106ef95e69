"""How many examples properties are tried with: few in ``make test``, many more in ``make fuzz``."""

import os

from hypothesis import HealthCheck, settings

#: ``make fuzz`` multiplies the examples by it.
FACTOR = int(os.environ.get("EXAMPLES_FACTOR", "1"))


def examples(count: int) -> settings:
    """Return the settings of a property that ``make test`` tries so many times."""
    return settings(max_examples=count * FACTOR, deadline=None, suppress_health_check=[HealthCheck.too_slow])

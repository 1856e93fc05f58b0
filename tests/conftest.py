"""What holds for all tests."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.rigs.plugin"]

# A loaded machine is no failure: how fast something is, is measured in tests/bench.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

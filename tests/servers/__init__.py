"""Real counterparts for tests, on loopback, started and stopped by fixtures."""

"""From readings to a verdict: pure functions and frozen records, without I/O and without a clock."""

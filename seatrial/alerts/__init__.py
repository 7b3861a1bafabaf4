"""Alerts of a Prometheus: its rules, when they can fire at the earliest, and what they do during a run."""

"""Kubernetes through its API alone: who is asked, what is there, and how a change is taken back exactly."""

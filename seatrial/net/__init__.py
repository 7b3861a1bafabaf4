"""Reaching what is watched: deadlines, kept connections, bounded answers, no secret in a message."""

"""Counters and histograms of others, read truthfully: page or query ─▶ series ─▶ increments ─▶ reading."""

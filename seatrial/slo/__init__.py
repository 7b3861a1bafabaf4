"""Promises that teams have already written down: SLO files of several tools, read as what they count.

slos/checkout.yaml ──nodes──▶ one reader a format ──queries parsed──▶ Slo: selectors, objective, window
"""

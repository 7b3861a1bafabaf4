"""A server that speaks the HTTP API of Prometheus: how it is reached, asked, and what it answers.

    server ──client──▶ answer ──▶ series of raw samples        warnings and all that is odd: in words

Prometheus, Thanos, Mimir, VictoriaMetrics and Grafana's data-source proxy speak it alike.
"""

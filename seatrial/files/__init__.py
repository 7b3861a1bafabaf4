"""Experiment files: YAML or JSON in, a typed experiment out, or every problem with its line and remedy.

bytes ─source─▶ text ─yaml, json─▶ nodes ─variables─▶ nodes ─model─▶ Experiment
                          (each key and value knows its line and column)
"""

"""Processes that hold a fault: they outlive the worker that started them, and never the fault's time."""

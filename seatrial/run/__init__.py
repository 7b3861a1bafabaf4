"""Running a plan: phases, stages, guards, undo, recovery, and the guardian beside them.

preflight → baseline → fault, in stages → undo → recovery
"""

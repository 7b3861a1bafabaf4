"""Load from pods of a cluster: a Job of headless workers, read through their logs.

    engine ◀─SEQPACKET─ relay (a process of ours) ◀─API: logs─ pods, each with its share of rate and users
                          └─API: makes the Job, moves its deadline on while it lives, deletes it

Nothing has to reach the runner, and nothing is left: where the relay dies, the Job's own deadline passes.
"""

"""A run inside the cluster: Seatrial starts itself as a Job, and brings the journal back through its log.

    here: bundle ─Secret─▶ Job: unpack ─▶ seatrial run ─▶ journal ─▶ numbered lines of the pod's log
          journal, reports ◀──────────────── pods/log ◀──────────────┘

Only the API is needed, and of it only logs: a connection that breaks is taken up where it was.
"""

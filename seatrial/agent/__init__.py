"""The agent: it holds one host fault on the pod that it is in, as long as somebody is there who wants it.

    order (argv) ─▶ prepare ─"prepared"─▶ first heartbeat ─▶ apply ─"ready"─▶ hold ─▶ undo ─"ended"─▶ exit
                                          stdin: a line a second, or it is over

Where the agent itself is killed, the kernel takes the fault away: it holds only what is done so.
"""

"""Guardians in the cluster: two Pods that undo once the runner's Lease is not renewed any more.

    runner ──renews──▶ Lease ◀──watch── guardian, guardian     one Job; all else is owned by it
       ▲                 │
       └── fence: nothing is injected unless the last renewal is younger than 2/3 of the lease

The Job ends, and with it everything that was made for it, when the run ended well, when a guardian has
undone it, or at its deadline.
"""

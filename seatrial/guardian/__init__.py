"""The guardian: a small process beside the runner that finishes its undo when it cannot.

    runner ◀──beat, beat──▶ guardian          one socket; its end is noticed at once
       ├── crew ──(pipe)──▶ guardian          its end: no worker of the runner is left
       └────────(pipe)────▶ fuse ◀── guardian its end: both are gone, and the fuse becomes a guardian

It is ready, with the actions loaded, before anything is injected, or nothing is injected.
"""

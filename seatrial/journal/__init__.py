"""The one record of a run: append-only, chained by hash, on disk before anything is touched."""

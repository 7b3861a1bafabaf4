"""What a run would do, computed without touching anything."""

"""What a run tells others while it goes on: metrics and annotations. Never more than a courtesy to it."""

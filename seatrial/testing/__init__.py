"""Public fakes and test kits: for our own tests and for those of teams."""

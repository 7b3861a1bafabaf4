"""The command line: one command a file, each thin, each importing what it needs when it runs."""

"""The command line, in this process where its words are what counts, as a real process where its end is."""

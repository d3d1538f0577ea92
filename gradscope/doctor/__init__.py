"""Rules that find what is wrong with a training: pure functions to findings, one family a file."""

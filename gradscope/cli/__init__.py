"""The command line, one file a command. Nothing is imported before a command is chosen."""

"""The graph on screen: one widget that draws from arrays. Views only: told by setters, tell by signals."""

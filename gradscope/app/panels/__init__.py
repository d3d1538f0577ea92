"""Everything around the canvas, one panel a file. Views only: told by setters, tell by ``...Requested`` signals."""

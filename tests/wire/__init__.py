"""The wire: pure, no fixtures, about a second."""

"""A run as a file for others: JSON, GraphML, DOT, pictures. Qt only inside the picture writers, imported lazily."""

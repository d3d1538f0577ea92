"""Scripts that raise, each with what its explanation must name; lines at fault carry the comment ``# fault``."""

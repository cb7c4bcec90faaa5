"""One module for each sort of page in docs/reference/."""

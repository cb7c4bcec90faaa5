"""What the house adds to a vendor's own time, measured from outside: `make bench`. Compare rows of one run only."""

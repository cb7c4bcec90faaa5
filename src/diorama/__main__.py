"""`python -m diorama`: the command line."""

from diorama.doors.cli.main import main

main()

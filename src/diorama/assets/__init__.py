"""Where bytes rest: storage, what a picture or film is, and the guarded way in."""

"""The vendors' HTTP as small, strict apps: they refuse what the real services refuse, and misbehave by script."""

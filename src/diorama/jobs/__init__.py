"""The path of a paid call: written down before it is sent, carried to its end, and never sent twice."""

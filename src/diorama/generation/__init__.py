"""What is asked for, decided: which model, which values, at what price. Pure functions of catalog and request."""

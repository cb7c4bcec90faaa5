"""What each model is, takes, costs and when it ends: data, one TOML file per vendor."""

"""Servers as an engineer would write them from openapi.yaml in an afternoon, with the faults of the defaults."""

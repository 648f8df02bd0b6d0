"""A mock."""

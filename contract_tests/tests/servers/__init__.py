"""Honest servers: one service, whose HTTP layer is another in each."""

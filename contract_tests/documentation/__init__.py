"""The owners' documentation page: its facts, and openapi.yaml held against them. A tool, not shipped."""

"""How openapi.yaml becomes the client, its limits and docs/reference.md: read strictly, checked whole, then written."""

"""The document: its operations, their fields and parameters, and the clauses that follow from them."""

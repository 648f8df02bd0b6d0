"""What a run looks at in the answers. Each oracle yields (clause, message), the message None where the clause held."""

"""What a run looks at in the answers. Checks yield (clause, message), the message None where the clause held."""

"""What a run has found: results, verdict, pages and files."""

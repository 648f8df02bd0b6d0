"""The conformance suite's own tests, and the tests that it puts to an endpoint under pytest."""

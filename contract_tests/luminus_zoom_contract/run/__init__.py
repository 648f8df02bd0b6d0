"""One run against one server: session, transport, guard, search and latency."""

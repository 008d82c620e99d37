"""What is told of a running gateway: metrics, traces, and the log."""

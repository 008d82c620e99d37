"""What is told of a running gateway: metrics, and the log."""

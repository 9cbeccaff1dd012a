"""What a self-check looks for. Each mistake is one sentence: where it is, what it does, and the cure."""

"""What a flush sends, done to rows in memory."""

"""Questions, answered from rows in memory."""

"""How entities are kept: each adapter provides the ports of the domain; none knows of the others."""

"""Many rows at once, straight from mappings to the driver: no entity is made, and no row passes through the session."""

"""How entities are kept: `sqlalchemy` and `memory` provide the ports; `session` and `orm` are what both are made of."""

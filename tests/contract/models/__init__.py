"""What the contract is tried on: small applications, each with its mapping."""

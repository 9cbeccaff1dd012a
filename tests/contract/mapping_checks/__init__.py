"""What mapping refuses or warns of, whatever the adapter."""

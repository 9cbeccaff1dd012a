"""A small application on `unitofwork`: people and their e-mail addresses, in four layers."""

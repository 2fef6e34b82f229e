"""Bindings of the custom resources that we emit, made from the schemas beside them by `make imports`."""

"""Random NetworkPolicies, and who judges what we say of them: cyclonus, and connections on a real cluster."""

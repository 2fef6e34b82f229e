"""Reads rendered YAML and works out who can reach whom; knows no construct.

It judges the policies that constructs derive, so nothing here asks the constructs: only the text that a cluster
would get, and the rules of Kubernetes and Linkerd. `loom-constructs reach` is the command line over it.

    from loom_constructs.review.load import load
    from loom_constructs.review.review import Review

    for row in Review(load(["dist/production"])).rows():
        print(row.client, "->", row.server, row.port)
"""

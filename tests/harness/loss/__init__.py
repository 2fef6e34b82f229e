"""Whether anything that was acknowledged is lost: a writer, faults, and a judge that is other code than the writer."""

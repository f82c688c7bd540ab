"""What lies around every call: ids, addresses, headers, failures, the access log."""

"""Faults in the kernel's network, in tables and queues of one's own: nftables and traffic control."""

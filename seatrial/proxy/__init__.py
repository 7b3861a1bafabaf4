"""The proxy that faults on connections are made with; the standard library, and h11 where HTTP is read.

seatrial/proxy/held.py      a process that holds one fault, behind an nft redirect of its own
`seatrial proxy`            one that stands where its users put it, and takes faults while it runs
"""

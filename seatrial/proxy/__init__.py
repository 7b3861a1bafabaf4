"""The proxy that faults on connections, requests and names are made with, in processes of its own.

    seatrial/proxy/held.py           holds one fault, behind an nft redirect that dies with it
    seatrial/proxy/held_resolver.py  the same for DNS
    `seatrial proxy`                 stands where its users put it, and takes faults while it runs

What runs there needs the standard library, h11, hpack and hyperframe where HTTP is read, and
dnspython for DNS.
"""

"""`python -m seatrial.agent ORDER`: the lean way in, for containers."""

import sys

from seatrial.agent.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

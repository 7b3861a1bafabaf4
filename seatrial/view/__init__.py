"""What reports are made of: a run's record in words, numbers and plots, ready to be laid out."""

from seatrial.view.run_view import RunView
from seatrial.view.text import clock

__all__ = ["RunView", "clock"]

"""What a fault can hit, and how a selector becomes a population."""

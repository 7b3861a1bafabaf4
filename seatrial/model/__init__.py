"""What users write, parsed once into frozen, typed models."""

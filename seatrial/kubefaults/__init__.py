"""What actions on Kubernetes objects share: changes in place, objects of their own, and the way back."""

"""What `restricted` pod security asks of a container."""

from typing import Any, Final

RESTRICTED: Final[dict[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
"""A container's `securityContext`; the root file system is read-only beyond what is asked."""

"""What tests ask of the proof."""

from registry.history.verify import DoesNotFit, verify


def finding() -> str:
    """What ``verify_history`` names, empty where it finds nothing."""
    try:
        verify()
    except DoesNotFit as found:
        return str(found)
    return ""

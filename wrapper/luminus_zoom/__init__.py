"""Create LumiNUS Zoom meetings safely."""

__version__ = "0.1.0"

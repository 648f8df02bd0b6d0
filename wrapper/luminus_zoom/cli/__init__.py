"""The command `luminus-zoom`: a thin face of `create_meeting` and of `luminus_zoom.scheduling`."""

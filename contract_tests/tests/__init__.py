"""Tests of the suite itself: does it find what is wrong, and keep quiet where nothing is."""

"""Tests of the sample clinic: that it is what the script makes, and that it shows what it says."""

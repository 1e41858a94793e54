"""Where vectors and words are searched."""

"""What a person can do, one verb per public method. Blocking, Qt-free; progress and stop are handed in."""

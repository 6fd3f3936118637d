"""One tick, from what is due to what is recorded. `tick` tells the story; start there."""

"""Schedulers: each decides only when to tick. Weather, words and channels are none of their business."""

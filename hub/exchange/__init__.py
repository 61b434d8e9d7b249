"""Customers' data in and out: imports and their undo, exports, what programs send."""

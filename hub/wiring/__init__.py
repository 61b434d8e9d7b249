"""The parts of one process, each built by one function, in the order in which `hub/app.py` calls them."""

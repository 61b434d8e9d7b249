"""The sample base: invented customers of a bank and a postal group, for the demo and for measuring.

The rule of this file: it only marks the folder.
"""

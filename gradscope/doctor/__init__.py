"""The place of the rules that find what is wrong with a training: pure functions to findings, one family a file.

None is built yet; the walls around it already hold.
"""

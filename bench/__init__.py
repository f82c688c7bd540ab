"""Every performance figure of the project, each as a ratio of two things measured side by side in one run.

Seconds of one machine say little and age badly; a ratio to a floor (the least that PostgreSQL must do to write the same
rows) or to a peer (the library one would use instead) says what our own code costs. The two sides of a ratio take turns
(A B, B A, A B …), so that what else the machine does falls on both, and nothing counts before both sides are proven to
have done the same.
"""

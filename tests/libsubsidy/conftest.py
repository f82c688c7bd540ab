"""What the library's tests share. They need nothing but the installed library."""

from hypothesis import settings

# The machine may be busy: a slow example is no failure here, the speed tests say what must be fast.
# The same examples on every run, so that everybody sees the same failures.
settings.register_profile("libsubsidy", deadline=None, derandomize=True, database=None)
settings.load_profile("libsubsidy")

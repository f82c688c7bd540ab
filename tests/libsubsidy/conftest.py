"""What the library's tests share. They need nothing but the installed library."""

from hypothesis import settings

# The machine may be busy: a slow example is no failure here, the speed tests say what must be fast.
settings.register_profile("libsubsidy", deadline=None)
settings.load_profile("libsubsidy")

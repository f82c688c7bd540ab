"""The reconciler: a statement comes in, is read, proven, matched and settled; one module or folder per stage."""

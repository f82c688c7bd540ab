"""The portal: the fund's HTTP API and its pages, one module per feature."""

"""缴款历史补录 (F107): payments of the past, typed or uploaded, judged row by row, and recorded once the bureau approves."""

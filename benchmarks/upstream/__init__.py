"""Both vendors' APIs as ready-made answers, served as fast as can be."""

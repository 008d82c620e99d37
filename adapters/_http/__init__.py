"""How adapters speak HTTP: one concern a file, around one small wire protocol."""

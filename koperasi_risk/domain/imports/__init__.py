"""Rows of a koperasi's own files become members, movements, loans and instalments, or reasons why not."""

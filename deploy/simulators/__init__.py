"""Outside services played on this machine, for the demo, for testers and for tests; one folder each."""

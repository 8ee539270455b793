"""Everything that changes what a koperasi knows of its members, and what it makes of them."""

"""Questions about a koperasi: its rules, its members, and what is made of them."""

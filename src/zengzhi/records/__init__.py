"""Tables and the transactions that change them."""

"""What the product must say, and must not."""

"""A library: its books, and the people who borrow them."""

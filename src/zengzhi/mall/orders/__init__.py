"""Orders (订单): three states, each with its table of edges, and the acts that move them.

Locks, everywhere in this order: the order, its products (by number), the pool, members' purses.
Placing an order has none to lock yet and begins with the product; paying begins with the arrival
of the money, which stands before the order.
"""

"""Orders (订单): three states, each with its table of edges, and the acts that move them.

Locks, everywhere in this order: the arrival of money, the order (several: by key), its products (by
key), members' purses. Placing an order has none to lock yet and begins with the product. A pool is
locked by its owner only, before the orders of a batch, never inside a transaction of the mall.
"""

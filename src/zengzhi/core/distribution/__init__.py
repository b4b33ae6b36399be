"""Who is paid out of an order's distribution budget (分销预算): pure functions, no I/O.

Stable for callers: :func:`plan.plan_from_toml`, :func:`order_bonuses.bonuses_of_upline` (an order,
its upline from the sponsor upward, its agents, the plan → lines) and :mod:`why` (a line in words).
"""

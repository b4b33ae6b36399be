"""The economy over arrays: bit for bit what ``core/economy`` does, in batches, compiled by Numba.

Nothing is imported here: ``zengzhi.core`` stays free of NumPy and Numba. The way in is
:class:`zengzhi.core.kernel.economy.KernelEconomy`.
"""

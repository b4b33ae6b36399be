"""The economy: profit pool (盈利池), green points (绿色积分), price. Spec 1."""

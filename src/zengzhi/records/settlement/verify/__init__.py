"""``zengzhi verify``: every invariant of the live records, and the row that breaks one."""

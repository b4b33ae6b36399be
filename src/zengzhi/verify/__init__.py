"""``zengzhi verify``: everything that moves money or decides over it, held against what is sealed.

One explicit list of checks (:mod:`.checks`); every column of every table is declared, here or at
its model (:mod:`.tables`).
"""

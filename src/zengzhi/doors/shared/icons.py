"""The storefront's icons: own line drawings on a 24 × 24 grid."""

ICONS: dict[str, str] = {
    "home": '<path d="M4 11l8-7 8 7v8a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19z"/><path d="M9.5 20v-6h5v6"/>',
    "grid": '<rect x="4" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="4" width="6.5" height="6.5" rx="1.5"/>'
    '<rect x="4" y="13.5" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="13.5" width="6.5" height="6.5" rx="1.5"/>',
    "points": '<circle cx="12" cy="12" r="8.5"/><path d="M4 12.5c3 3.2 5.5-1.6 8 .2s4.5 2.6 8-.5"/>',
    "orders": '<path d="M6 3.5h12v17l-2.4-1.6L13.2 20.5 12 19.6l-1.2.9-2.4-1.6L6 20.5z"/><path d="M9.3 8.5h5.4M9.3 12.5h5.4"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20c.8-4 3.8-6 7.5-6s6.7 2 7.5 6"/>',
    "people": '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.500 19.500c.6-3.400 3.100-5 6.500-5s5.900 1.600 6.500 5M15.500 5.500a3.500 3.500 0 0 1 0 6.500M18 14.800c2 .7 3.200 2.300 3.500 4.700"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>',
    "back": '<path d="M14.5 5l-7 7 7 7"/>',
    "next": '<path d="M9.5 6l6 6-6 6"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.01"/>',
    "check": '<path d="M5 12.500l4.5 4.500L19 7.5"/>',
    "warn": '<path d="M12 4.500l8.5 15h-17z"/><path d="M12 10v4.500M12 17v.01"/>',
    "cross": '<path d="M6.5 6.500l11 11M17.5 6.500l-11 11"/>',
    "grain": '<path d="M12 21V9"/><path d="M12 9c-2-1-2.5-3.5 0-6 2.5 2.5 2 5 0 6zM12 14c-3 0-4.5-1.5-4.5-4.5 3 0 4.5 1.5 4.5 4.500zM12 14c3 0 4.5-1.5 4.5-4.5-3 0-4.5 1.5-4.5 4.500zM12 19c-3 0-4.5-1.5-4.5-4.5 3 0 4.5 1.5 4.5 4.500zM12 19c3 0 4.5-1.5 4.5-4.5-3 0-4.5 1.5-4.5 4.500z"/>',
    "tea": '<path d="M5 9.500h11v5a5 5 0 0 1-5 5h-1a5 5 0 0 1-5-5z"/><path d="M16 11h1.500a2.5 2.5 0 0 1 0 5H16M8.5 6.500v-2M12 6.500v-2"/>',
    "sofa": '<path d="M6 11V7.500A2.5 2.5 0 0 1 8.5 5h7A2.5 2.5 0 0 1 18 7.500V11"/><path d="M4 11.500a1.5 1.5 0 0 1 3 0V14h10v-2.500a1.5 1.5 0 0 1 3 0V18H4z"/><path d="M6 18v2M18 18v2"/>',
    "drop": '<path d="M12 3.500c3.5 4.200 5.5 7 5.5 10a5.5 5.5 0 0 1-11 0c0-3 2-5.8 5.5-10z"/>',
    "wallet": '<rect x="3.5" y="6" width="17" height="13" rx="2.5"/><path d="M3.5 10h17M16 14.500h1.5"/>',
    "exit": '<path d="M14 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h7"/><path d="M10.5 12h9M16.5 8.500L20 12l-3.5 3.5"/>',
    "list": '<path d="M8.5 6.500h11M8.5 12h11M8.5 17.500h11M4.5 6.500v.01M4.5 12v.01M4.5 17.500v.01"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.500c5 5.5 5 11.5 0 17M12 3.500c-5 5.5-5 11.5 0 17"/>',
    "book": '<path d="M5 4.500h9.500A3.5 3.5 0 0 1 18 8v12H8.500A3.5 3.5 0 0 1 5 16.500z"/><path d="M8.5 9h6M8.5 12.500h4"/>',
    "again": '<path d="M19 12a7 7 0 1 1-2-5"/><path d="M19.5 3.500V8H15"/>',
    "lock": '<rect x="5.5" y="10.5" width="13" height="9.5" rx="2"/><path d="M8.5 10.500V8a3.5 3.5 0 0 1 7 0v2.5"/>',
    "bank": '<path d="M4 9.5l8-5 8 5z"/><path d="M6.5 12.5v5M12 12.5v5M17.5 12.5v5M4.5 20h15"/>',
    "shield": '<path d="M12 3.5l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z"/><path d="M9 12l2.200 2.200L15 10.300"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.500V12l3 2"/>',
    "plus": '<path d="M12 5.500v13M5.500 12h13"/>',
}
ICONS["home-shelf"] = ICONS["sofa"]
ICONS["care"] = ICONS["drop"]
"""Categories name their icon; these are the names the demo uses."""

MARK = (
    '<svg class="mark" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="10" '
    'fill="#0b5c46"/><circle cx="20" cy="20" r="12.5" fill="#fff"/><circle cx="20" cy="20" r="9.6" '
    'fill="#0b5c46"/><path d="M10.6 20.200c4 3.6 6.300-1.6 9.400.2s5.6 2.6 9.400-.5a9.5 9.5 0 0 1-18.8.3z" '
    'fill="#fff"/></svg>'
)


def sprite() -> str:
    """All icons as symbols of one hidden SVG."""
    symbols = "".join(
        f'<symbol id="i-{name}" viewBox="0 0 24 24">{body}</symbol>' for name, body in ICONS.items()
    )
    return f'<svg hidden aria-hidden="true" xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'

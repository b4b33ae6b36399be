"""四眼原则: what one person asks for and another approves, and the one inbox of what waits."""

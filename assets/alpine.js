// The build of Alpine that needs no eval, and what the office's pages call by name.
import Alpine from "@alpinejs/csp";

const STORED = "sidebarDesktopOpen";

globalThis.Alpine = Alpine;
document.addEventListener("alpine:init", () => {
  for (const name of ["theme", "searchForm", "searchDropdown", "searchCommand"]) {
    if (globalThis[name]) Alpine.data(name, globalThis[name]);
  }
  Alpine.data("officeFrame", () => ({
    activeTab: "",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: (localStorage.getItem(STORED) ?? "1") === "1",
    init() {
      const first = document.body.dataset.firstTab;
      if (first) this.activeTab = globalThis.getCurrentTab() || first;
      this.$watch(STORED, (open) => localStorage.setItem(STORED, open ? "1" : "0"));
    },
    formAddress() {
      const here = location.pathname + location.search;
      return this.activeTab && this.activeTab !== "general" ? `${here}#${this.activeTab}` : here;
    },
  }));
});
queueMicrotask(() => Alpine.start());

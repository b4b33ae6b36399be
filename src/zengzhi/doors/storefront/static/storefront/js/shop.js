// Small helps; buying and selling work without them.
(() => {
  // Where a label stands is data of the page, not a style in it.
  for (const label of document.querySelectorAll("[data-left]")) label.style.left = label.dataset.left;

  // A form is sent once: the button says what it does and ignores further clicks.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = form.querySelector("[data-busy]");
    if (!button) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = button.dataset.busy;
    button.classList.add("busy");
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  for (const stepper of document.querySelectorAll("[data-stepper]")) {
    const input = stepper.querySelector("input");
    stepper.addEventListener("click", (event) => {
      const step = Number(event.target.dataset.step || 0);
      if (!step) return;
      input.value = Math.min(99, Math.max(1, (Number(input.value) || 1) + step));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const input = document.querySelector(button.dataset.copy);
      input.select();
      try {
        await navigator.clipboard.writeText(input.value);
      } catch {
        document.execCommand("copy");
      }
      button.textContent = button.dataset.done;
    });
  }

  for (const button of document.querySelectorAll("[data-fill]")) {
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.for);
      input.value = button.dataset.fill;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
})();

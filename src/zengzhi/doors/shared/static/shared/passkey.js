// Passes on what a passkey signs. Without it, and without passkeys, password and code work.
(() => {
  const keys = window.PublicKeyCredential && window.webauthnJSON;
  if (!keys) return;
  for (const hint of document.querySelectorAll("[data-passkey-missing]")) hint.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[data-passkey-failed]");
    const options = async () => {
      const here = form.dataset.options && document.getElementById(form.dataset.options);
      if (here) return JSON.parse(here.textContent);
      const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error("no options");
      return answer.json();
    };
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.hidden = true;
      try {
        const made = await keys[form.dataset.passkey](await options());
        form.elements.credential.value = JSON.stringify(made);
        form.submit();
      } catch {
        said.hidden = false;
      }
    });
  }
})();

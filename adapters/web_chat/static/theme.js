// Runs before the page is drawn, so that a chosen theme never flashes.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  document.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("[data-zone]")) field.value = zone;
  });
})();

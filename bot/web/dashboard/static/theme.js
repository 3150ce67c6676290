// The study room remembers a chosen theme; the dashboard on the same server follows it.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
})();

// Sets the theme before anything is painted, so that nothing flashes. The interface's own switch writes the same key.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("bastion.theme");
  } catch {
    // Without storage the default holds.
  }
  if (theme === "system") {
    theme = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  document.documentElement.dataset.theme = theme === "light" ? "light" : "dark";
})();

// The theme chooses light or dark in a script that runs late: until then, the reader
// would see neither.
"use strict";

{
  const root = document.documentElement;
  if (!["light", "dark"].includes(root.dataset.theme)) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "dark" : "light";
  }
}

// What every page can do: copy code, enlarge a figure, open all folds for paper.
"use strict";

function copyButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy this code");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.querySelector("pre").innerText);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  block.append(button);
}

function enlargeable(image, dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "enlarge";
  button.title = "Enlarge this figure";
  image.replaceWith(button);
  button.append(image);
  button.addEventListener("click", () => {
    dialog.querySelector("img")?.remove();
    dialog.append(image.cloneNode());
    dialog.showModal();
  });
}

function figureDialog() {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.setAttribute("aria-label", "Figure, enlarged");
  dialog.innerHTML = '<form method="dialog"><button>Close</button></form>';
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.tagName === "IMG") dialog.close();
  });
  document.body.append(dialog);
  return dialog;
}

// Whatever scrolls by itself must be reached by keyboard too.
function reachable(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}

// The theme's arrow beside a link in the side opens a list, and has no words.
function named(arrow) {
  const link = arrow.closest("li")?.querySelector("a");
  arrow.setAttribute("aria-label", `Pages below ${link ? link.textContent.trim() : ""}`);
}

function openAll() {
  document.querySelectorAll("details").forEach((fold) => (fold.open = true));
}

const article = document.querySelector("article");
if (article) {
  const code = article.querySelectorAll("div[class*=highlight-] > .highlight");
  code.forEach(copyButton);
  const dialog = figureDialog();
  article.querySelectorAll("img").forEach((image) => enlargeable(image, dialog));
  const wide = () => article.querySelectorAll("table, pre, .output").forEach(reachable);
  wide();
  article.addEventListener("toggle", wide, true);
  addEventListener("resize", wide);
}
document.querySelectorAll("nav summary").forEach(named);
addEventListener("beforeprint", openAll);

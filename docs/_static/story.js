// A story of the shipped model, written token by token with its probabilities.
"use strict";

{
  const root = document.getElementById("story");
  const steps = dataOf("story");
  const visible = (token) => (token === " " ? "space" : token === "\n" ? "line end" : token);
  const percent = (p) => `${(100 * p).toFixed(1)} %`;
  const text = element("p", "tale");
  const list = element("ol", "candidates");
  root.append(text, list);

  function candidate([token, p], drawn) {
    const line = element("li", drawn ? "drawn" : "");
    const bar = element("span", "bar");
    bar.style.width = `${50 * p}%`;
    const share = element("span", "share", percent(p) + (drawn ? " \u2190" : ""));
    line.append(element("span", "token", visible(token)), bar, share);
    return line;
  }

  mount(root, steps.length, "How many tokens are written", (n) => {
    text.textContent = steps.slice(0, n).map((step) => step.drawn).join("");
    if (n === 0) {
      text.textContent = "Nothing is written yet.";
      list.replaceChildren();
      return "Press Next for the first token.";
    }
    const step = steps[n - 1];
    text.append(element("span", "caret"));
    const top = step.top.map((it) => candidate(it, it[0] === step.drawn));
    if (!step.top.some(([token]) => token === step.drawn)) {
      top.push(candidate([step.drawn, step.p], true));
    }
    list.replaceChildren(...top);
    return `Token ${n} of ${steps.length}, drawn: ${visible(step.drawn)}, which had ${percent(step.p)}.`;
  });
}

// A piece that moves: its steps are walked by buttons, by a slider and by the keyboard.
"use strict";

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// `draw(n)` shows the first n steps and returns what step n is, in words.
function mount(root, count, what, draw) {
  const bar = element("div", "controls");
  const slider = element("input");
  slider.type = "range";
  slider.min = 0;
  slider.max = count;
  slider.value = 0;
  slider.setAttribute("aria-label", what);
  const said = element("p", "said");
  said.setAttribute("aria-live", "polite");
  const pace = 300; // milliseconds a step
  let timer = null;

  function show(n) {
    slider.value = Math.max(0, Math.min(count, n));
    said.textContent = draw(Number(slider.value));
    slider.setAttribute("aria-valuetext", `${slider.value} of ${count}`);
    if (Number(slider.value) === count) stop();
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
    said.setAttribute("aria-live", "polite");
  }
  function start() {
    if (Number(slider.value) === count) show(0);
    said.setAttribute("aria-live", "off"); // nobody can listen so fast
    play.textContent = "Pause";
    timer = setInterval(() => show(Number(slider.value) + 1), pace);
  }
  function button(name, act) {
    const made = element("button", "", name);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }
  const step = (by) => () => { stop(); show(Number(slider.value) + by); };
  const play = button("Play", () => (timer ? stop() : start()));
  // Who asked for little motion goes step by step.
  play.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  bar.append(button("Back", step(-1)), play, button("Next", step(1)), slider);
  root.prepend(bar, said);
  show(0);
}

function dataOf(name) {
  return JSON.parse(document.getElementById(`${name}-data`).textContent);
}

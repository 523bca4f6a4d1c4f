// Draws what the server sends. EventSource reconnects by itself, with the ID of the
// last sample that came.
"use strict";

const keep = 120, width = 600, height = 120;
const samples = [];
const state = document.getElementById("state");
const figures = [...document.querySelectorAll("figure")];

function text(n) { return Number.isInteger(n) ? String(n) : n.toFixed(2); }

function draw(figure) {
  const values = samples.map((s) => s[figure.dataset.key]);
  const least = Math.min(...values), most = Math.max(...values);
  const margin = (most - least) * 0.1 || 1; // a straight line stands in the middle
  const x = (i) => width - (values.length - 1 - i) * width / (keep - 1);
  const y = (v) => height - (v - least + margin) / (most - least + 2 * margin) * height;
  const points = values.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`);
  figure.querySelector(".line").setAttribute("d", "M" + points.join("L"));
  figure.querySelector(".area").setAttribute("d", `M${x(0).toFixed(1)},${height}L${points.join("L")}L${width},${height}Z`);
  figure.querySelector("output").textContent = text(values.at(-1));
  figure.querySelector(".least").textContent = `least ${text(least)}`;
  figure.querySelector(".most").textContent = `most ${text(most)}`;
}

let drawing = false;
const source = new EventSource(document.querySelector("main").dataset.samples);
source.addEventListener("sample", (e) => {
  samples.push(JSON.parse(e.data));
  if (samples.length > keep) samples.shift();
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; figures.forEach(draw); });
});
source.onopen = () => { state.className = "state live"; state.textContent = "Live"; };
source.onerror = () => {
  state.className = "state lost";
  state.textContent = source.readyState === EventSource.CLOSED ? "The server takes no more visitors. Reload to try again." : "Connection lost, trying again…";
};

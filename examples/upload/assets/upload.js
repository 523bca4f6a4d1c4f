// Sends each file in a request of its own, with a bar that shows how far it is.
// Without this script the form does the same, without bars.
"use strict";

const form = document.querySelector(".drop");
const input = document.getElementById("files");
const queue = document.getElementById("queue");
const status = document.getElementById("status");
const limit = Number(form.dataset.limit);
const running = new Set();

function size(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (bytes >= 1024 && i < units.length - 1) { bytes /= 1024; i++; }
  return `${i ? bytes.toFixed(1) : bytes} ${units[i]}`;
}

// upload sends one file. The server checks everything again: what is checked here
// only spares the way. XMLHttpRequest tells how much was sent, which fetch does not.
function upload(file) {
  const job = document.getElementById("job").content.firstElementChild.cloneNode(true);
  const bar = job.querySelector("progress"), detail = job.querySelector(".detail"), button = job.querySelector("button");
  job.querySelector(".name").textContent = file.name;
  bar.setAttribute("aria-label", file.name);
  queue.append(job);

  const fail = (text) => {
    job.classList.add("wrong");
    detail.textContent = text;
    button.textContent = "Dismiss";
    button.onclick = () => job.remove();
  };
  if (file.size > limit) {
    fail(`${size(file.size)} is more than the ${size(limit)} that are taken`);
    return;
  }
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.onprogress = (e) => {
    bar.value = e.total ? e.loaded / e.total : 0;
    detail.textContent = `${Math.floor(bar.value * 100)} % of ${size(e.total)}`;
  };
  request.onload = () => {
    if (request.status !== 201) {
      fail(request.response?.detail || `The server answered ${request.status}.`);
      return;
    }
    job.remove();
    status.textContent = `${request.response.stored.map((f) => f.name).join(", ")} is here.`;
    refresh();
  };
  request.onerror = () => fail("The connection was lost.");
  request.onabort = () => job.remove();
  request.onloadend = () => running.delete(request);
  button.onclick = () => request.abort();
  running.add(request);
  const data = new FormData();
  data.append("files", file);
  request.send(data);
}

// refresh takes the list from the page as it is now.
async function refresh() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  document.getElementById("shelf").replaceChildren(...page.getElementById("shelf").childNodes);
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  for (const file of input.files) upload(file);
  form.reset();
});
form.addEventListener("dragover", (e) => { e.preventDefault(); form.classList.add("over"); });
form.addEventListener("dragleave", () => form.classList.remove("over"));
form.addEventListener("drop", (e) => {
  e.preventDefault();
  form.classList.remove("over");
  for (const file of e.dataTransfer.files) upload(file);
});
addEventListener("beforeunload", (e) => { if (running.size) e.preventDefault(); });

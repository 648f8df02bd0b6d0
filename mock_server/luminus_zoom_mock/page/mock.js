"use strict";

const SHOWN = 100;
const at = (id) => document.getElementById(id);

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text ?? ""; // never as HTML: it came from whoever called the mock
  if (className) made.className = className;
  return made;
}

async function call(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.status === 204 ? null : answer.json();
}

// Only what is new is added and what is gone removed, so that what is open or has the focus stays as it is.
function show(list, items, made) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => [JSON.stringify(item), item]).reverse();
  const keys = new Set(wanted.map(([key]) => key));
  for (const [key, child] of before) if (!keys.has(key)) child.remove();
  wanted.forEach(([key, item], position) => {
    if (list.children[position]?.dataset.key === key) return;
    const child = before.get(key) ?? made(item);
    child.dataset.key = key;
    list.insertBefore(child, list.children[position] ?? null);
  });
}

function folded(summary, parts) {
  const details = element("details");
  details.append(summary);
  for (const [title, value] of parts) {
    if (value === null || value === "") continue;
    details.append(element("h3", title));
    details.append(element("pre", typeof value === "string" ? value : JSON.stringify(value, null, 2)));
  }
  const item = element("li");
  item.append(details);
  return item;
}

function requestItem(request) {
  const summary = element("summary");
  summary.append(element("span", new Date(request.time * 1000).toLocaleTimeString("en-GB"), "muted"), " ");
  summary.append(element("span", `${request.method} ${request.path}`), " ");
  const status = request.status === 0 ? "no answer" : request.status;
  const good = request.status >= 200 && request.status < 300 && !request.fault;
  summary.append(element("b", status, good ? "good" : "bad"));
  if (request.fault) summary.append(" ", element("span", `(${request.fault})`, "bad"));
  if (request.created && !good) summary.append(" – ", element("span", "a meeting was created", "bad"));
  return folded(summary, [
    ["Query", request.query],
    ["Headers", request.headers],
    ["Body", request.body],
    ["Created", request.created],
  ]);
}

function meetingItem(meeting) {
  const first = Object.values(meeting).filter((value) => typeof value === "string");
  const summary = element("summary");
  summary.append(element("b", first[1] ?? first[0] ?? "(nothing)"), " ", element("span", first[2] ?? "", "muted"));
  return folded(summary, [["As it was answered", meeting]]);
}

function waitingItem(rule) {
  const times = rule.times === null ? "every request" : rule.times === 1 ? "the next request" : `${rule.times} requests`;
  const chance = rule.probability < 1 ? `, with probability ${rule.probability}` : "";
  const when = rule.when ? `, if its body has ${JSON.stringify(rule.when)}` : "";
  return element("li", `${rule.fault}: ${times}${chance}${when}`);
}

let about = {};
function describe() {
  at("about").textContent = about[at("fault").value] ?? "";
}

function counted(items, noun) {
  const more = items.length === SHOWN ? " or more" : "";
  return `${items.length}${more} ${noun}${items.length === 1 ? "" : "s"}`;
}

function say(text) {
  if (at("state").textContent !== text) at("state").textContent = text; // a screen reader reads each change
}

async function refresh() {
  try {
    const latest = `?latest=${SHOWN}`;
    const paths = [`requests${latest}`, `meetings${latest}`, "faults"];
    const [requests, meetings, faults] = await Promise.all(paths.map((path) => call(path)));
    if (!at("fault").options.length) {
      about = faults.faults;
      at("fault").append(...Object.keys(about).map((name) => new Option(name)));
      describe();
    }
    show(at("requests"), requests, requestItem);
    show(at("meetings"), meetings, meetingItem);
    at("waiting").replaceChildren(...faults.waiting.map(waitingItem));
    const failing = faults.waiting.length ? "Requests will fail." : "No request will fail.";
    say(`${counted(requests, "request")}, ${counted(meetings, "meeting")}. ${failing}`);
  } catch (error) {
    say(`The mock does not answer: ${error.message}`);
  }
}

async function change(path, options) {
  try {
    await call(path, options);
  } catch (error) {
    say(error.message);
    return;
  }
  await refresh();
}

at("fault").addEventListener("change", describe);
at("fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const times = event.submitter?.value === "all" ? null : 1;
  const rule = { fault: at("fault").value, seconds: Number(at("seconds").value), times };
  change("faults", { method: "POST", body: JSON.stringify(rule) });
});
at("no-faults").addEventListener("click", () => change("faults", { method: "DELETE" }));
for (const button of document.querySelectorAll("[data-delete]"))
  button.addEventListener("click", () => change(button.dataset.delete, { method: "DELETE" }));

refresh();
setInterval(() => document.hidden || refresh(), 1000);

// The life of a session, by the routes of docs/http.md. Whatever a server or a user wrote is shown as text.
import { ofAnswer, ofWord } from "./sentences.js";

const $ = id => document.getElementById(id);

// The session as it was last read, with the server's clock beside ours; null: nobody is logged in.
let session = null;
let csrfToken = null;

// What a route answered. A call that got no answer has status 0.
async function call(method, path, body) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (csrfToken !== null && method !== "GET") headers["x-csrf-token"] = csrfToken;
  let response;
  try {
    response = await fetch(path, { method, headers, body: JSON.stringify(body), cache: "no-store", credentials: "same-origin", redirect: "error" });
  } catch {
    return { status: 0, retryAfter: null, skew: 0, value: {} };
  }
  const value = await response.json().catch(() => ({}));
  const date = Date.parse(response.headers.get("date"));
  const skew = Number.isNaN(date) ? 0 : Math.round((date - Date.now()) / 1000);
  return { status: response.status, retryAfter: response.headers.get("retry-after"), skew, value };
}

const good = answer => answer.status >= 200 && answer.status < 300;

// Shows what went wrong, and takes the focus there.
function fail(text) {
  $("status").textContent = "";
  $("error").textContent = text;
  $("error").hidden = false;
  $("error").focus();
}

function say(text) {
  $("error").hidden = true;
  $("status").textContent = text;
}

// Reads the session. Without `use` the read leaves the idle time as it is.
async function read(use) {
  const answer = await call("GET", use ? "session?renew=true" : "session?touch=false");
  if (answer.status === 401) {
    leave();
  } else if (good(answer)) {
    csrfToken = answer.value.csrf_token ?? csrfToken;
    const { user, claims, authenticated_at, expires_at, idle_expires_at } = answer.value;
    const idleTime = use ? idle_expires_at - Date.now() / 1000 - answer.skew : session.idleTime;
    session = { user, claims, authenticated_at, expires_at, idle_expires_at, idleTime, skew: answer.skew };
  }
  return answer;
}

// Nobody is logged in, or no longer.
function leave() {
  session = null;
  csrfToken = null;
  if ($("warning").open) $("warning").close();
  $("inside").hidden = true;
  $("devices").replaceChildren();
  $("log-in").hidden = false;
}

const secondsLeft = deadline => Math.max(0, Math.floor(deadline - Date.now() / 1000 - session.skew));

function span(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return `${minutes} min ${seconds % 60} s`;
}

const when = seconds => new Date(seconds * 1000).toLocaleString();

// Two minutes before the idle deadline, or in the last half of an idle time that is shorter than four.
const warnsAt = () => Math.min(120, session.idleTime / 2);

// What the provider calls a person, if it says so; else the user's name here, which is a hash of the provider's.
const nameOf = ({ user, claims }) => [claims?.name, claims?.email, user].find(it => typeof it === "string" && it !== "") ?? "Anonymous session";

async function show() {
  $("who").textContent = nameOf(session);
  $("since").textContent = session.authenticated_at ? when(session.authenticated_at) : isOfProvider() ? "at an unknown time" : "not yet";
  $("log-in").hidden = true;
  $("inside").hidden = false;
  tick();
  await showDevices();
}

async function showDevices() {
  if (!session.user) return;
  const answer = await call("GET", "sessions");
  if (!good(answer)) return failed("list", answer);
  $("devices").replaceChildren(...answer.value.sessions.map(device));
  $("end-others").hidden = answer.value.sessions.length < 2;
}

// Browser and system of a user agent, where they are known; else the text itself.
const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["FxiOS", "Firefox"], ["Chrome", "Chrome"], ["CriOS", "Chrome"], ["Safari", "Safari"]];
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]];
function clientOf(agent) {
  const find = known => known.find(([part]) => agent.includes(part))?.[1];
  if (agent === null) return "A client that did not say its name";
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  return browser && system ? `${browser} on ${system}` : agent;
}

function device(entry) {
  const item = document.createElement("li");
  const name = document.createElement("p");
  name.textContent = clientOf(entry.agent);
  name.title = entry.agent ?? "";
  const used = document.createElement("small");
  used.textContent = `${entry.ip ?? "Unknown address"}, last used ${when(entry.last_used_at)}`;
  item.append(name, used);
  if (entry.current) {
    const here = document.createElement("p");
    here.textContent = "This device";
    item.append(here);
  } else {
    const end = document.createElement("button");
    end.textContent = "End";
    end.setAttribute("aria-label", `End the session of ${name.textContent}, last used ${when(entry.last_used_at)}`);
    end.addEventListener("click", () => endOne(entry.session));
    item.append(document.createElement("br"), end);
  }
  return item;
}

// Whether the provider vouches for the user. Where it does not say since when, the session is never a recent login.
const isOfProvider = () => $("prove") !== null && session?.user?.startsWith("oidc-");

// What went wrong in `action`; whoever is no longer logged in gets the form.
function failed(action, answer) {
  if (answer.status === 401 && action !== "login") leave();
  if (answer.status === 403 && action === "end" && isOfProvider()) {
    $("prove-row").hidden = false;
    action = "end_at_provider";
  }
  fail(ofAnswer(action, answer.status, answer.retryAfter));
}

async function endOne(name) {
  const answer = await call("DELETE", `sessions/${encodeURIComponent(name)}`);
  if (!good(answer) && answer.status !== 404) return failed("end", answer);
  say("That session has ended.");
  $("devices-title").focus();
  await showDevices();
}

async function endOthers() {
  const answer = await call("DELETE", "sessions");
  if (!good(answer)) return failed("end", answer);
  say("All other sessions have ended.");
  $("devices-title").focus();
  await showDevices();
}

async function logIn(event) {
  event.preventDefault();
  const { username, password, remember } = event.target.elements;
  const body = { username: username.value, password: password.value };
  if (remember.checked) body.remember = true;
  const answer = await call("POST", "login", body);
  password.value = "";
  if (!good(answer)) return failed("login", answer);
  csrfToken = answer.value.csrf_token ?? null;
  await start();
  if (body.remember && !answer.value.remembered) say("Sessions are not kept on devices here: this one ends like any other.");
  $("title").focus();
}

// The provider's page, with what was chosen on this one.
function toProvider({ currentTarget: link }) {
  const query = new URLSearchParams({ return_to: location.pathname });
  if (link.id === "prove") query.set("recent", "true");
  else if ($("remember").checked) query.set("remember", "true");
  link.search = query;
}

async function logOut(path) {
  const answer = await call("POST", path);
  if (!good(answer)) return failed("logout", answer);
  leave();
  if (answer.value.end_session_url) return location.assign(answer.value.end_session_url);
  say("You are logged out.");
  $("username").focus();
}

async function stay() {
  $("warning").close();
  const answer = await read(true);
  if (!good(answer)) return failed("read", answer);
  say("You stay logged in.");
  tick();
}

// Once a second. It asks before it warns and when the time is over, since another tab may have used the session.
let asking = false;
async function tick() {
  if (session === null || asking) return;
  const idle = secondsLeft(session.idle_expires_at);
  const absolute = secondsLeft(session.expires_at);
  $("idle").textContent = span(idle);
  $("absolute").textContent = span(absolute);
  $("left").textContent = span(Math.min(idle, absolute));
  const over = Math.min(idle, absolute) === 0;
  if (!over && (idle > warnsAt() || $("warning").open)) return;
  asking = true;
  const known = session.idle_expires_at;
  const answer = await read(false);
  asking = false;
  if (answer.status === 401) return fail("Your session has ended. Log in to go on.");
  if (!good(answer)) return;
  // Used meanwhile, or this device's clock was put on.
  if (session.idle_expires_at > known || secondsLeft(session.idle_expires_at) > warnsAt()) return $("warning").close();
  if (!$("warning").open && session.idle_expires_at < session.expires_at) $("warning").showModal();
}

async function start() {
  const answer = await read(true);
  if (good(answer)) {
    say("");
    await show();
  } else if (answer.status !== 401) {
    fail(ofAnswer("read", answer.status, answer.retryAfter));
  }
}

// One click, one call: until it is answered the button does nothing.
function on(id, event, action) {
  $(id).addEventListener(event, async happened => {
    const button = happened.submitter ?? happened.currentTarget;
    button.disabled = true;
    try {
      await action(happened);
    } finally {
      button.disabled = false;
    }
  });
}

on("form", "submit", logIn);
on("log-out", "click", () => logOut("logout"));
on("log-out-everywhere", "click", () => logOut("logout?everywhere=true"));
on("leave", "click", () => logOut("logout"));
on("end-others", "click", endOthers);
on("stay", "click", stay);
for (const link of ["provider", "prove"]) $(link)?.addEventListener("click", toProvider);
$("warning").addEventListener("cancel", event => {
  event.preventDefault();
  stay();
});

// A page that comes back from the browser's memory shows what was; a tab that is looked at again may show what is over.
addEventListener("pageshow", event => event.persisted && location.reload());
document.addEventListener("visibilitychange", async () => {
  if (document.visibilityState !== "visible" || session === null) return;
  if ((await read(false)).status === 401) fail("Your session has ended. Log in to go on.");
});
setInterval(tick, 1000);

const word = new URLSearchParams(location.search).get("error");
await start();
if (word !== null) {
  history.replaceState(null, "", location.pathname);
  fail(ofWord(word));
}

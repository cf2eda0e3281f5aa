// Whose call a backend is asked to answer, behind the session authorizer; and a client of the session's data.

/** Any error of this module. */
export class SessionError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Nothing says whose call this is: the route is not behind the session authorizer. */
export class NotGuarded extends SessionError {}

/** The context is not one of the session authorizer's. */
export class BadContext extends SessionError {}

/** 401: no living session. The caller has to log in. */
export class NotLoggedIn extends SessionError {}

/** 412: the data is no longer that of `ifMatch`. Read it again. */
export class Changed extends SessionError {}

/** 413: the data would be too large. Nothing was changed. */
export class TooLarge extends SessionError {}

/** No answer, or a 5xx: nothing is known, and nobody is logged out. Try again. */
export class Unavailable extends SessionError {
  constructor(message, { retryAfter = null, ...options } = {}) {
    super(message, options);
    this.retryAfter = retryAfter;
  }
}

/** Any other answer, such as a 403 without the CSRF token, or a redirect, which is not followed. */
export class Refused extends SessionError {
  constructor(message, { status, retryAfter = null }) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The context of an event of an HTTP API (payload 2.0 or 1.0), a REST API or a WebSocket API. */
export function fromEvent(event) {
  return ofRequest(field(event, "requestContext"));
}

/** The context of a request that Lambda Web Adapter passes on. Only behind it: elsewhere a client may send the header. */
export function fromAdapter(headers) {
  const found = values(pairs(headers), "x-amzn-request-context");
  if (found.length === 0) {
    throw new NotGuarded("The request has no x-amzn-request-context: it does not come from Lambda Web Adapter.");
  }
  const request = found.length === 1 ? parsed(utf8(found[0])) : undefined;
  if (!isObject(request)) throw new BadContext("x-amzn-request-context is not an object in JSON, or there twice.");
  return ofRequest(request);
}

/**
 * The context of a request through an HTTP integration, which overwrites `x-user` and the others of docs/backends.md.
 * Only behind it: elsewhere a client may send them. Headers are text as Node.js has it, one character a byte. None of them
 * carries the data.
 */
export function fromHeaders(headers) {
  const all = pairs(headers);
  const context = {};
  // What an HTTP integration overwrites: docs/backends.md has the mapping. The data is not among it, as a session that has
  // none leaves a gap, which a client may fill.
  for (const name of ["user", "session", "authenticated_at", "expires_at"]) {
    const header = `x-${name.replace("_", "-")}`;
    const found = values(all, header).filter((value) => value !== "");
    if (found.length > 1) throw new BadContext(`${header} is there twice: the integration has to overwrite it.`);
    if (found.length === 0) continue;
    context[name] = utf8(found[0]);
    if (context[name] === undefined) throw new BadContext(`${header} is not UTF-8.`);
  }
  return Object.freeze({ ...contextOf(context), data: null });
}

function ofRequest(request) {
  const authorizer = field(request, "authorizer");
  // An HTTP API puts it one deeper than the others.
  const nested = field(authorizer, "lambda");
  return contextOf(isObject(nested) ? nested : authorizer);
}

function contextOf(fields) {
  const session = field(fields, "session");
  if (session === null) {
    throw new NotGuarded("The route is not behind the session authorizer: attach it, as docs/attach.md shows.");
  }
  if (typeof session !== "string" || session === "") throw new BadContext("The context's session is not a name.");
  const user = field(fields, "user");
  if (user !== null && (typeof user !== "string" || user === "")) {
    throw new BadContext("The context's user is not a name.");
  }
  const expiresAt = number(fields, "expires_at");
  if (expiresAt === null) throw new BadContext("The context has no expires_at.");
  const dataBytes = number(fields, "data_bytes");
  const text = field(fields, "data");
  let data = null;
  if (dataBytes === null) data = text === null ? {} : objectOf("data", text);
  const [issuer, subject, claims] = ["issuer", "subject", "claims"].map((name) => field(fields, name));
  const names = [issuer, subject].filter((name) => name !== null);
  const isName = (name) => typeof name === "string" && name !== "";
  if (!names.every(isName) || names.length === 1 || (claims !== null && names.length === 0)) {
    throw new BadContext("The context's issuer and subject are not two names.");
  }
  return Object.freeze({
    user, session, authenticatedAt: number(fields, "authenticated_at"), expiresAt, data, dataBytes,
    issuer, subject, claims: claims === null ? null : objectOf("claims", claims),
  });
}

/** A number, which all but an HTTP API's payload 2.0 deliver as text. */
function number(fields, name) {
  const value = field(fields, name);
  if (value === null || (Number.isSafeInteger(value) && value >= 0)) return value;
  if (typeof value === "string" && /^[0-9]{1,15}$/.test(value)) return Number(value);
  throw new BadContext(`The context's ${name} is not a whole number.`);
}

/** JSON text, or with `ContextData=base64url` that text in base64url without padding. */
function objectOf(name, text) {
  let json = text;
  if (typeof text === "string" && /^[A-Za-z0-9_-]+$/.test(text)) {
    json = utf8(Buffer.from(text, "base64url").toString("latin1"));
  }
  const object = typeof json === "string" && json.startsWith("{") ? parsed(json) : undefined;
  if (!isObject(object)) throw new BadContext(`The context's ${name} is not an object, in JSON or in base64url.`);
  return object;
}

/** A session and its data, read and changed by the credential of the caller's own request. */
export class SessionClient {
  #url;
  #cookie;
  #header;
  #timeout;

  /**
   * `origin` is that of the session routes: https, or http on this machine. `cookie` and `header` are the names that the
   * token travels under; null: not that way. `path` is that of the session's route, `timeout` milliseconds.
   */
  constructor(origin, { cookie = "__Host-id", header = null, path = "/session", timeout = 5000 } = {}) {
    const wrong = `${JSON.stringify(origin)} is not an origin, such as https://api.example.com`;
    if (typeof origin !== "string" || !/^[!-~]+$/.test(origin)) throw new TypeError(wrong);
    let url;
    try {
      url = new URL(origin);
    } catch {
      throw new TypeError(wrong);
    }
    if (url.pathname !== "/" || url.search || url.hash || url.username || url.password) throw new TypeError(wrong);
    if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
      throw new TypeError(`${url.origin} is neither https nor of this machine: the session's token would travel in clear`);
    }
    if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) {
      throw new TypeError(`${JSON.stringify(path)} is not a path, such as /session`);
    }
    if (!cookie && !header) throw new TypeError("name the cookie or the header that carries the token");
    this.#url = new URL(path, url);
    this.#cookie = cookie;
    this.#header = header && header.toLowerCase();
    this.#timeout = timeout;
  }

  /** The caller's session. `request` is its headers, or the event. Without `touch` this is not a use of the session. */
  async get(request, { touch = true } = {}) {
    return this.#ask("GET", request, touch ? "" : "?touch=false", undefined, {});
  }

  /** Sets these keys of the data, and removes those that are null; with `ifMatch`, only if it is as it was read. */
  async patch(request, changes, { ifMatch = null } = {}) {
    if (!isObject(changes)) throw new TypeError("changes is an object of keys and their values");
    if (ifMatch !== null && !/^[!-~]+$/.test(ifMatch)) throw new TypeError("ifMatch is the etag of a session");
    const headers = { "content-type": "application/json", ...(ifMatch === null ? {} : { "if-match": ifMatch }) };
    return this.#ask("PATCH", request, "", JSON.stringify(changes), headers);
  }

  async #ask(method, request, query, body, own) {
    const headers = { ...own, ...this.#credential(request) };
    let response, text;
    try {
      const signal = AbortSignal.timeout(this.#timeout);
      response = await fetch(`${this.#url.href}${query}`, { method, headers, body, redirect: "manual", signal });
      text = await response.text();
    } catch (cause) {
      throw new Unavailable(`The session API does not answer: ${cause.cause?.code ?? cause.name}`, { cause });
    }
    if (response.status !== 200) throw refusal(response.status, response.headers.get("retry-after"), text);
    const shown = parsed(text);
    const times = ["created_at", "expires_at", "idle_expires_at"];
    if (!isObject(shown) || !isObject(shown.data) || !times.every((name) => Number.isSafeInteger(shown[name]))) {
      throw new Unavailable("The answer is not a session: do the origin and the path lead to the session API?");
    }
    return {
      user: shown.user,
      session: shown.session,
      createdAt: shown.created_at,
      authenticatedAt: shown.authenticated_at,
      expiresAt: shown.expires_at,
      idleExpiresAt: shown.idle_expires_at,
      data: shown.data,
      etag: response.headers.get("etag") ?? "",
      setCookies: response.headers.getSetCookie(),
    };
  }

  /** Our cookie, our header and the CSRF token, and nothing else of the request. */
  #credential(request) {
    const all = pairs(headersOf(request));
    const sent = {};
    if (this.#cookie) {
      const cookies = values(all, "cookie").flatMap((value) => value.split(";"));
      const bare = cookies.map((cookie) => cookie.replace(/^ +| +$/g, ""));
      sent.cookie = bare.filter((cookie) => cookie.startsWith(`${this.#cookie}=`)).join("; ");
    }
    if (this.#header && this.#header !== "cookie") {
      const found = values(all, this.#header);
      const bearer = (value) => this.#header !== "authorization" || /^bearer /i.test(value);
      sent[this.#header] = found.filter(bearer).join(", ");
    }
    if (!Object.values(sent).some((value) => value)) throw new NotLoggedIn("The request has no token of a session.");
    sent["x-csrf-token"] = values(all, "x-csrf-token").join(", ");
    const given = Object.entries(sent).filter(([, value]) => value);
    if (!given.every(([, value]) => /^[ -~]*$/.test(value))) {
      throw new NotLoggedIn("The request's token is not one of a session.");
    }
    return Object.fromEntries(given);
  }
}

/** The headers of a request: themselves, or those of an event. */
function headersOf(request) {
  if (field(request, "requestContext") === null) return request;
  const headers = { ...(request.multiValueHeaders ?? request.headers) };
  if (request.cookies) headers.cookie = request.cookies;
  return headers;
}

function refusal(status, retryAfter, text) {
  const wait = /^[0-9]{1,9}$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  const told = parsed(text);
  const detail = isObject(told) ? (told.detail ?? told.title ?? told.message) : undefined;
  const message = typeof detail === "string" ? `${status}: ${detail}` : `${status}`;
  if (status >= 500) return new Unavailable(message, { retryAfter: wait });
  if (status === 401) return new NotLoggedIn(message);
  if (status === 409 || status === 412) return new Changed(message);
  if (status === 413) return new TooLarge(message);
  return new Refused(message, { status, retryAfter: wait });
}

/** All headers, names in lower case, with a pair for each value: of an object, a `Headers` or pairs. */
function pairs(headers) {
  const entries = typeof headers?.[Symbol.iterator] === "function" ? [...headers] : Object.entries(headers ?? {});
  return entries.flatMap(([name, value]) => [value].flat().map((one) => [String(name).toLowerCase(), String(one)]));
}

function values(pairs, name) {
  return pairs.filter(([key]) => key === name).map(([, value]) => value);
}

/** The text whose bytes in UTF-8 are the characters of `text`; undefined: they are not UTF-8. */
function utf8(text) {
  if (!/^[\0-\xff]*$/.test(text)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return undefined;
  }
}

/** The value of a JSON text; undefined: it is not JSON. */
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of an object; null: there is none. */
function field(object, name) {
  return (isObject(object) && Object.hasOwn(object, name) ? object[name] : null) ?? null;
}

function isLoopback(host) {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

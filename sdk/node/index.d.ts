/** Whose call it is, as the authorizer found it. Times are Unix seconds. */
export interface Context {
  /** null: an anonymous session. */
  readonly user: string | null;
  /** The session's public name, for logs and lists; it opens nothing. */
  readonly session: string;
  /** The last proof of identity; null: an anonymous session, or the provider does not tell. */
  readonly authenticatedAt: number | null;
  /** When the session ends in any case. */
  readonly expiresAt: number;
  /** The session's data, whole; null: it was not told, and `SessionClient.get` has it. */
  readonly data: Data | null;
  /** The size of data that was too large to be told. */
  readonly dataBytes: number | null;
  /** The OpenID provider that vouched for the user; null: none did, or it is not told (`ContextIdentity`). */
  readonly issuer: string | null;
  /** The user there, unique and never given to anybody else. */
  readonly subject: string | null;
  /** The chosen claims, as they were at the login; null: there are none, or they were too large to be told. */
  readonly claims: Data | null;
}

/** A session as its own client sees it. Times are Unix seconds. */
export interface Session {
  user: string | null;
  session: string;
  createdAt: number;
  authenticatedAt: number | null;
  expiresAt: number;
  idleExpiresAt: number;
  data: Data;
  /** For `ifMatch`: the data as it stands. */
  etag: string;
  /** What your answer has to set. It is empty, unless an anonymous session began by this very change. */
  setCookies: string[];
}

/** A session's data, as `JSON.parse` reads it. */
export type Data = { [key: string]: unknown };

/** Headers as Node.js has them (`request.headers`), a `Headers`, or pairs. */
export type RequestHeaders =
  | { [name: string]: string | readonly string[] | undefined }
  | Iterable<readonly [string, string]>;

/** An event of API Gateway, as far as it is read. */
export interface Event {
  requestContext?: unknown;
  headers?: { [name: string]: string | undefined } | null;
  multiValueHeaders?: { [name: string]: string[] | undefined } | null;
  cookies?: string[] | null;
}

/** The context of an event of an HTTP API (payload 2.0 or 1.0), a REST API or a WebSocket API. */
export function fromEvent(event: Event): Context;

/** The context of a request that Lambda Web Adapter passes on. Only behind it: elsewhere a client may send the header. */
export function fromAdapter(headers: RequestHeaders): Context;

/**
 * The context of a request through an HTTP integration, which overwrites `x-user` and the others of docs/backends.md.
 * Only behind it: elsewhere a client may send them. None of them carries the data.
 */
export function fromHeaders(headers: RequestHeaders): Context;

export interface ClientOptions {
  /** The cookie that carries the token; null: none does. @default "__Host-id" */
  cookie?: string | null;
  /** The header that carries the token; null: none does. @default null */
  header?: string | null;
  /** The path of the session's route. @default "/session" */
  path?: string;
  /** Milliseconds that an answer may take. @default 5000 */
  timeout?: number;
}

/** A session and its data, read and changed by the credential of the caller's own request. */
export class SessionClient {
  /** `origin` is that of the session routes: https, or http on this machine. */
  constructor(origin: string, options?: ClientOptions);
  /** The caller's session. Without `touch` this is not a use of the session. */
  get(request: RequestHeaders | Event, options?: { touch?: boolean }): Promise<Session>;
  /** Sets these keys of the data, and removes those that are null; with `ifMatch`, only if it is as it was read. */
  patch(request: RequestHeaders | Event, changes: Data, options?: { ifMatch?: string | null }): Promise<Session>;
}

/** Any error of this module. */
export class SessionError extends Error {}
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
  readonly retryAfter: number | null;
}
/** Any other answer, such as a 403 without the CSRF token, or a redirect, which is not followed. */
export class Refused extends SessionError {
  readonly status: number;
  readonly retryAfter: number | null;
}

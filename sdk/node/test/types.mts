// What the types say of the module: this is compiled, and never run.

import {
  NotGuarded, SessionClient, Unavailable, fromAdapter, fromEvent, fromHeaders,
} from "dynamodb-session-backend";
import type { Context, Session } from "dynamodb-session-backend";

const caller: Context = fromEvent({ requestContext: {}, headers: { a: undefined }, cookies: ["a=1"] });
fromAdapter(new Map([["a", "b"]]));
fromHeaders({ a: ["b", "c"], d: undefined });
const user: string | null = caller.user;
// @ts-expect-error an anonymous session has no user
const name: string = caller.user;
// @ts-expect-error data may be too large to be told
caller.data.theme;
// @ts-expect-error claims may not be told
caller.claims.email;
const subject: string | null = caller.subject;

const client = new SessionClient("https://api.example.com", { cookie: null, header: "x-id", timeout: 1 });
const session: Session = await client.get({ cookie: "a=1" }, { touch: false });
await client.patch({ requestContext: {} }, { theme: null }, { ifMatch: session.etag });
const wait: number | null = new Unavailable("").retryAfter;
export const all = [user, subject, name, wait, NotGuarded];

// A cart in the session. SESSION_ORIGIN is where the session routes are, PORT where this listens.

import { Changed, NotLoggedIn, SessionClient, SessionError, Unavailable, fromHeaders } from "dynamodb-session-backend";
import express from "express";

const { SESSION_ORIGIN = "http://127.0.0.1:3000", SESSION_COOKIE = "__Host-id", PORT = "5000" } = process.env;
const sessions = new SessionClient(SESSION_ORIGIN, { cookie: SESSION_COOKIE });
const app = express();

app.get("/api/cart", async ({ headers }, response) => {
  const caller = fromHeaders(headers);
  const data = caller.data ?? (await sessions.get(headers)).data;
  response.json({ user: caller.user, cart: data.cart ?? [] });
});

app.post("/api/cart/:item", async ({ headers, params }, response) => {
  const session = await sessions.get(headers, { touch: false });
  const cart = [...(session.data.cart ?? []), params.item];
  await sessions.patch(headers, { cart }, { ifMatch: session.etag });
  response.json({ user: fromHeaders(headers).user, cart });
});

app.use((error, request, response, next) => {
  if (!(error instanceof SessionError)) return next(error);
  const status = new Map([[NotLoggedIn, 401], [Changed, 409], [Unavailable, 503]]);
  response.status(status.get(error.constructor) ?? 500).json({ error: error.name });
});

const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(`Running on http://127.0.0.1:${server.address().port}`));

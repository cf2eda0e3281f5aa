// The client, against a server that says what it is told to say.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";

import { Changed, NotLoggedIn, Refused, SessionClient, TooLarge, Unavailable } from "../index.mjs";

const SHOWN = {
  user: "ada", session: "ref", created_at: 1, authenticated_at: 1, expires_at: 3, idle_expires_at: 2, data: { theme: "dark" },
};
const COOKIE = { cookie: "a=1; __Host-id=TOKEN; __host-id=no; x__Host-id=no; __Host-id", "x-csrf-token": "C", accept: "*/*" };

/** Answers each request with `answer`: a status, headers and a body. */
async function served(t) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    served.requests.push({ method: request.method, path: request.url, headers: request.headers, body });
    const [status, headers, text] = served.answer;
    // It is never answered.
    if (status === null) return;
    if (status === 0) return request.socket.destroy();
    response.writeHead(status, headers).end(text);
  });
  const served = { requests: [], answer: [200, { etag: '"1"' }, JSON.stringify(SHOWN)], server };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  served.origin = `http://127.0.0.1:${server.address().port}`;
  served.client = new SessionClient(served.origin);
  served.close = () => { server.closeAllConnections(); server.close(); };
  t.after(served.close);
  /** The one request that came, without the headers that every request of `fetch` has. */
  served.sent = () => {
    const [request, ...more] = served.requests.splice(0);
    assert.equal(more.length, 0);
    const own = ["host", "connection", "accept", "accept-language", "accept-encoding", "sec-fetch-mode", "user-agent", "content-length"];
    for (const name of own) delete request.headers[name];
    return request;
  };
  return served;
}

test("a_session_is_read_by_the_cookie_of_the_caller_alone", async (t) => {
  const server = await served(t);
  const session = await server.client.get(COOKIE);
  assert.deepEqual([session.user, session.data, session.etag], ["ada", { theme: "dark" }, '"1"']);
  assert.deepEqual([session.session, session.expiresAt, session.setCookies], ["ref", 3, []]);
  const headers = { cookie: "__Host-id=TOKEN", "x-csrf-token": "C" };
  assert.deepEqual(server.sent(), { method: "GET", path: "/session", headers, body: "" });
  await server.client.get(COOKIE, { touch: false });
  assert.equal(server.sent().path, "/session?touch=false");
});

test("a_change_is_sent_with_the_version_that_it_is_of", async (t) => {
  const server = await served(t);
  await server.client.patch(COOKIE, { theme: null, n: 7 }, { ifMatch: '"1"' });
  const { method, path, headers, body } = server.sent();
  assert.deepEqual([method, path, JSON.parse(body)], ["PATCH", "/session", { theme: null, n: 7 }]);
  assert.equal(headers["if-match"], '"1"');
  assert.equal(headers["content-type"], "application/json");
  await server.client.patch(COOKIE, {});
  assert.ok(!("if-match" in server.sent().headers));
});

test("each_way_of_the_token_is_forwarded_and_no_other", async (t) => {
  const server = await served(t);
  const bearer = { authorization: "Bearer T", "x-id": "T", cookie: "__Host-id=T; other=1" };
  const cases = [
    [{ cookie: null, header: "X-Id" }, bearer, { "x-id": "T" }],
    [{ cookie: null, header: "authorization" }, bearer, { authorization: "Bearer T" }],
    [{ header: "x-id" }, bearer, { "x-id": "T", cookie: "__Host-id=T" }],
    [{ cookie: "other" }, bearer, { cookie: "other=1" }],
    // Two at once are the session API's to refuse.
    [{}, { cookie: ["__Host-id=A", "__Host-id=B"] }, { cookie: "__Host-id=A; __Host-id=B" }],
    [{}, new Headers({ Cookie: "__Host-id=A" }), { cookie: "__Host-id=A" }],
    [{}, { requestContext: {}, headers: { "x-csrf-token": "C" }, cookies: ["a=1", "__Host-id=A"] }, { cookie: "__Host-id=A", "x-csrf-token": "C" }],
    [{}, { requestContext: {}, headers: { Cookie: "a=1" }, multiValueHeaders: { Cookie: ["__Host-id=B", "a=1"] } }, { cookie: "__Host-id=B" }],
  ];
  for (const [options, request, expected] of cases) {
    await new SessionClient(server.origin, options).get(request);
    assert.deepEqual(server.sent().headers, expected);
  }
});

test("without_a_token_nothing_is_asked", async (t) => {
  const server = await served(t);
  const nothing = [
    {}, { cookie: "a=1" }, { cookie: "__Host-id" }, { "x-id": "T" }, { cookie: "__Host-id=\xe9" },
    { cookie: "__Host-id=a\r\nx: y" }, { requestContext: {}, headers: null },
  ];
  for (const request of nothing) await assert.rejects(server.client.get(request), NotLoggedIn);
  const client = new SessionClient(server.origin, { cookie: null, header: "authorization" });
  await assert.rejects(client.get({ authorization: "Basic dTpw" }), NotLoggedIn);
  assert.deepEqual(server.requests, []);
});

test("a_fault_is_told_from_a_session_that_ended", async (t) => {
  const server = await served(t);
  const cases = [
    [401, NotLoggedIn], [409, Changed], [412, Changed], [413, TooLarge], [403, Refused], [429, Refused],
    [400, Refused], [404, Refused], [204, Refused], [500, Unavailable], [502, Unavailable], [503, Unavailable],
  ];
  for (const [status, kind] of cases) {
    server.answer = [status, { "retry-after": "7" }, status === 204 ? "" : '{"title":"T","detail":"mend it"}'];
    await assert.rejects(server.client.get(COOKIE), (error) => {
      assert.equal(error.constructor, kind, `${status}`);
      assert.equal(error.name, kind.name);
      assert.match(error.message, status === 204 ? /204/ : new RegExp(`${status}: mend it`));
      if (kind === Refused || kind === Unavailable) assert.equal(error.retryAfter, 7);
      return true;
    });
  }
});

test("no_answer_is_a_fault_as_well", async (t) => {
  const server = await served(t);
  const answers = [
    [0], [200, {}, "not JSON"], [200, {}, "[]"], [200, {}, "{}"], [200, {}, "null"],
    [200, {}, JSON.stringify({ ...SHOWN, data: "text" })], [200, {}, JSON.stringify({ ...SHOWN, expires_at: "3" })],
  ];
  for (const answer of answers) {
    server.answer = answer;
    await assert.rejects(server.client.get(COOKIE), Unavailable, JSON.stringify(answer));
  }
  server.close();
  await assert.rejects(server.client.get(COOKIE), (error) => {
    assert.ok(error instanceof Unavailable && !error.message.includes("TOKEN"), error.message);
    return true;
  });
});

test("a_server_that_never_answers_is_given_up", async (t) => {
  const server = await served(t);
  server.answer = [null];
  const client = new SessionClient(server.origin, { timeout: 10 });
  await assert.rejects(client.get(COOKIE), Unavailable);
});

test("a_redirect_is_not_followed", async (t) => {
  const [server, other] = [await served(t), await served(t)];
  for (const status of [301, 302, 303, 307, 308]) {
    server.answer = [status, { location: `${other.origin}/session` }, ""];
    await assert.rejects(server.client.get(COOKIE), (error) => error instanceof Refused && error.status === status);
  }
  assert.deepEqual(other.requests, []);
});

test("a_new_cookie_is_given_back_to_be_set", async (t) => {
  const server = await served(t);
  server.answer = [200, { etag: '"1"', "set-cookie": ["a=1", "b=2"] }, JSON.stringify(SHOWN)];
  assert.deepEqual((await server.client.patch(COOKIE, { n: 1 })).setCookies, ["a=1", "b=2"]);
});

test("one_origin_over_https_is_taken", async (t) => {
  const good = ["https://api.example.com", "https://api.example.com:8443/", "http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000"];
  const bad = [
    "http://api.example.com", "http://localhost.example", "http://127.0.0.1.example", "ftp://localhost", "api.example.com",
    "https://", "https://u:p@h", "https://h/prod", "https://h?a", "https://h#a", "https://h\n", "http://10.0.0.1", "",
    "https://h /", "https://h:port", undefined,
  ];
  for (const origin of good) new SessionClient(origin);
  for (const origin of bad) assert.throws(() => new SessionClient(origin), TypeError, origin);
  for (const options of [{ path: "session" }, { path: "/session?a" }, { path: "/a b" }, { cookie: null }]) {
    assert.throws(() => new SessionClient("https://h", options), TypeError, JSON.stringify(options));
  }
  const server = await served(t);
  await assert.rejects(server.client.patch(COOKIE, {}, { ifMatch: "a\r\nb: c" }), TypeError);
  await assert.rejects(server.client.patch(COOKIE, [1]), TypeError);
  assert.deepEqual(server.requests, []);
});

// What a backend receives, in every format, and what is read from it: the fixtures are those of all helpers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { BadContext, NotGuarded, fromAdapter, fromEvent, fromHeaders } from "../index.mjs";

const FIXTURES = JSON.parse(readFileSync(new URL("../../contexts.json", import.meta.url), "utf8"));
const READERS = { event: fromEvent, adapter: fromAdapter, headers: fromHeaders };
const ERRORS = { not_guarded: NotGuarded, bad_context: BadContext };

/** Headers as Node.js has them: one character a byte. */
function wire(headers) {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, Buffer.from(value).toString("latin1")]));
}

function named(context) {
  const { authenticatedAt: authenticated_at, expiresAt: expires_at, dataBytes: data_bytes, ...same } = context;
  return { ...same, authenticated_at, expires_at, data_bytes };
}

test("each_context_is_read_as_expected", () => {
  let read = 0;
  for (const { name, read_by: by, input, expected, error } of FIXTURES) {
    const wired = by === "event" ? input : wire(input);
    for (const one of by === "event" ? [input] : [wired, new Headers(wired), Object.entries(wired)]) {
      if (error) assert.throws(() => READERS[by](one), ERRORS[error], name);
      else assert.deepEqual(named(READERS[by](one)), expected, name);
    }
    read += 1;
  }
  assert.ok(read > 75, `${read}`);
});

test("names_of_headers_are_read_in_any_case", () => {
  const context = fromHeaders({ "X-Session": "ref", "X-USER": "ada", "X-Expires-At": "2" });
  assert.deepEqual([context.user, context.session, context.expiresAt], ["ada", "ref", 2]);
});

test("a_header_that_is_there_twice_is_refused", () => {
  const twice = [["x-session", "ref"], ["x-user", "ada"], ["x-user", "mallory"], ["x-expires-at", "2"]];
  for (const headers of [twice, { "x-session": ["ref", "other"], "x-expires-at": "2" }]) {
    assert.throws(() => fromHeaders(headers), BadContext);
  }
  assert.throws(() => fromAdapter({ "x-amzn-request-context": ["{}", "{}"] }), BadContext);
});

test("a_header_of_another_encoding_is_refused", () => {
  for (const user of ["zo\xeb", "\u4e2d"]) {
    assert.throws(() => fromHeaders({ "x-session": "ref", "x-user": user, "x-expires-at": "2" }), BadContext);
  }
});

test("anything_but_an_event_is_not_guarded", () => {
  const inherited = Object.create({ requestContext: { authorizer: { session: "ref", expires_at: 2 } } });
  for (const event of [undefined, null, [], "event", 7, { requestContext: [] }, { requestContext: { authorizer: "ada" } }, inherited]) {
    assert.throws(() => fromEvent(event), NotGuarded);
  }
});

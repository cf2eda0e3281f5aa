// The clients in JavaScript: `node node.mjs CLIENT` sends what its standard input says, one request a line, with one cookie jar.

import { text } from "node:stream/consumers";
import axios from "axios";
import { wrapper } from "axios-cookiejar-support";
import makeFetchCookie from "fetch-cookie";
import superagent from "superagent";
import { CookieJar } from "tough-cookie";
import { CookieJar as CookieJar4 } from "tough-cookie-4";

const JSON_TYPE = { "content-type": "application/json" };

function withAxios(jar) {
  const client = wrapper(axios.create({ jar, validateStatus: () => true }));
  return (method, url, body) => client.request({ method, url, data: body, headers: body ? JSON_TYPE : {} });
}

const CLIENTS = {
  fetch: () => {
    const fetch = makeFetchCookie(globalThis.fetch);
    return async (method, url, body) => {
      const answer = await fetch(url, { method, body, headers: body ? JSON_TYPE : {} });
      await answer.text();
    };
  },
  "axios-4": () => withAxios(new CookieJar4()),
  axios: () => withAxios(new CookieJar()),
  superagent: () => {
    const agent = superagent.agent().ok(() => true);
    return (method, url, body) => {
      const request = agent[method.toLowerCase()](url);
      return body ? request.type("json").send(body) : request;
    };
  },
};

const send = CLIENTS[process.argv[2]]();
for (const line of (await text(process.stdin)).trim().split("\n")) {
  const [method, url, body] = line.split("\t");
  await send(method, url, body || undefined);
}

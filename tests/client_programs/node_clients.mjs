// The Node clients: each flow's steps in one client, whose statuses it prints as JSON. Called as: CLIENT URL PASSWORD STEPS.
import axios from "axios";
import { wrapper } from "axios-cookiejar-support";
import fetchCookie from "fetch-cookie";
import { CookieJar } from "tough-cookie";

const [client, url, password, steps] = process.argv.slice(2);

const clients = {
  fetch() {
    // Node's own fetch keeps no cookies.
    const jarred = fetchCookie(fetch);
    return async (method, path, body) => {
      const headers = body ? { "content-type": "application/json" } : {};
      return (await jarred(url + path, { method, headers, body: body && JSON.stringify(body) })).status;
    };
  },
  axios() {
    const instance = wrapper(axios.create({ jar: new CookieJar(), validateStatus: () => true }));
    return async (method, url_path, body) => (await instance.request({ method, url: url + url_path, data: body ?? undefined })).status;
  },
};

const request = clients[client]();
const statuses = {};
for (const [name, method, path, body] of JSON.parse(steps)) {
  statuses[name] = await request(method, path, body);
}
console.log(JSON.stringify(statuses));

"""The Python clients: each flow's steps in one client, whose statuses it prints as JSON. Called as: CLIENT URL PASSWORD."""

import asyncio
import http.cookiejar
import json
import sys
import urllib.error
import urllib.request

from steps import STEPS


def with_requests(url, password):
    import requests

    with requests.Session() as session:
        return {name: session.request(method, url + path, json=body(password)).status_code for name, method, path, body in STEPS}


def with_httpx(url, password):
    import httpx

    with httpx.Client(timeout=60) as client:
        return {name: client.request(method, url + path, json=body(password)).status_code for name, method, path, body in STEPS}


def with_aiohttp(url, password):
    import aiohttp

    async def run():
        statuses = {}
        async with aiohttp.ClientSession() as session:
            for name, method, path, body in STEPS:
                async with session.request(method, url + path, json=body(password)) as answer:
                    statuses[name] = answer.status
        return statuses

    return asyncio.run(run())


def with_urllib(url, password):
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    statuses = {}
    for name, method, path, body in STEPS:
        data = body(password)
        request = urllib.request.Request(url + path, method=method, headers={"content-type": "application/json"})
        request.data = None if data is None else json.dumps(data).encode()
        try:
            with opener.open(request) as answer:
                statuses[name] = answer.status
        except urllib.error.HTTPError as error:
            statuses[name] = error.code
    return statuses


if __name__ == "__main__":
    client, url, password = sys.argv[1:]
    print(json.dumps(globals()[f"with_{client}"](url, password)))

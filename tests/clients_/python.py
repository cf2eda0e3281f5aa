"""The clients in Python: each sends requests, one after the other, with one cookie jar.

What is installed is imported where it is used: --help needs none of it.
"""

import asyncio
import urllib.request
from contextlib import suppress
from http.cookiejar import CookieJar
from urllib.error import HTTPError

TYPE = {"content-type": "application/json"}


def use_requests(steps):
    import requests

    with requests.Session() as session:
        # Nothing of the environment, such as a proxy.
        session.trust_env = False
        for method, url, body in steps:
            session.request(method, url, data=body, headers=TYPE if body else {})


def use_httpx(steps):
    import httpx

    with httpx.Client(trust_env=False, timeout=None) as client:
        for method, url, body in steps:
            client.request(method, url, content=body, headers=TYPE if body else {})


def use_urllib(steps):
    cookies = urllib.request.HTTPCookieProcessor(CookieJar())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
    for method, url, body in steps:
        data = body.encode() if body else None
        # It raises every status but those from 200 to 299.
        with suppress(HTTPError):
            opener.open(urllib.request.Request(url, data, TYPE if body else {}, method=method)).close()


def use_aiohttp(steps, **jar):
    import aiohttp

    async def send():
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(**jar)) as session:
            for method, url, body in steps:
                async with session.request(method, url, data=body, headers=TYPE if body else {}) as answer:
                    await answer.read()

    asyncio.run(send())


def use_aiohttp_unsafe(steps):
    use_aiohttp(steps, unsafe=True)

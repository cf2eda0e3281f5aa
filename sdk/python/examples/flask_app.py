"""A cart in the session. SESSION_ORIGIN is where the session routes are, PORT where this listens."""

import os

from dynamodb_session import Changed, NotLoggedIn, SessionClient, SessionError, Unavailable, from_headers
from flask import Flask, request

app = Flask(__name__)
cookie = os.environ.get("SESSION_COOKIE", "__Host-id")
sessions = SessionClient(os.environ.get("SESSION_ORIGIN", "http://127.0.0.1:3000"), cookie=cookie)


@app.get("/api/cart")
def show():
    caller = from_headers(request.headers)
    data = sessions.get(request.headers).data if caller.data is None else caller.data
    return {"user": caller.user, "cart": data.get("cart", [])}


@app.post("/api/cart/<item>")
def add(item):
    session = sessions.get(request.headers, touch=False)
    cart = [*session.data.get("cart", []), item]
    sessions.patch(request.headers, {"cart": cart}, if_match=session.etag)
    return {"user": from_headers(request.headers).user, "cart": cart}


@app.errorhandler(SessionError)
def failed(error):
    status = {NotLoggedIn: 401, Changed: 409, Unavailable: 503}.get(type(error), 500)
    return {"error": type(error).__name__}, status


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ.get("PORT", "5000")))

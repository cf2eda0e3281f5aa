"""What people do who log in by OpenID Connect, one way after the other."""

import time

from page_.person import expect

from oidc_.app import COOKIE


def an_interactive_login(app):
    """The page that follows the callback gets the Strict cookie already in its first request."""
    ada = app.person()
    ada.is_out()
    ada.leaves_a_picture("before")
    ada.goes_to_the_provider()
    app.provider.asks(ada.browser)
    ada.leaves_a_picture(f"form-of-{app.provider.name}")
    app.provider.admits(ada.browser)
    session = ada.is_in()
    ada.browser.shows("#who", app.provider.shown)
    ada.leaves_a_picture(f"session-of-{app.provider.name}")
    expect("when the user logged in", session["authenticated_at"] is None, not app.provider.tells_the_time)
    [callback] = app.callbacks()
    expect("the callback's status", callback.status, 200)
    [given] = [value for value in callback.set_cookies() if value.startswith(f"{COOKIE}=") and "Max-Age=0" not in value]
    expect("a Strict cookie", "SameSite=Strict" in given, True)
    following = app.relay.exchanges[app.relay.exchanges.index(callback) + 1]
    expect("the first request's cookies", given.split(";")[0] in "; ".join(following.cookies()).split("; "), True)
    ada.has_seen_no_fault()


def a_login_for_one_page(app):
    """It is for members alone, and it is the first that is asked for after the callback."""
    ada = app.person()
    ada.browser.go("/login/oidc?return_to=%2Fprofile")
    app.provider.admits(ada.browser)
    ada.browser.until("is at the profile", "location.pathname === '/profile'")
    expect("a user of the provider", '"oidc-' in ada.browser.text(), True)


def a_silent_login(app):
    """Who is logged in at the provider is not asked again."""
    ada = app.person()
    ada.logs_in()
    ada.loses_the_cookies()
    ada.is_out()
    ada.goes_to_the_provider()
    ada.is_in()
    expect("how many logins", len(app.callbacks()), 2)


def a_login_that_the_user_calls_off(app):
    ada = app.person()
    ada.goes_to_the_provider()
    app.provider.is_called_off(ada.browser)
    ada.is_told("The login was called off at the provider.")
    ada.leaves_a_picture("called-off")
    ada.is_out()
    expect("sessions", app.sessions(), 0)


def a_recent_login(app):
    """The provider asks whom it knows already, and then tells when it did."""
    ada = app.person()
    expect("when the user logged in", ada.logs_in()["authenticated_at"], None)
    ada.browser.go("/login/oidc?recent=true&return_to=%2F")
    app.provider.admits(ada.browser, known=True)
    expect("whether it is known when the user logged in", ada.is_in()["authenticated_at"] is None, False)
    expect("sessions", app.sessions(), 1)


def an_end_of_other_sessions(app):
    """It takes a recent login, which the page leads to."""
    ada, elsewhere = app.person(), app.person()
    elsewhere.logs_in()
    ada.logs_in()
    ada.has(2)
    ada.browser.click("#end-others")
    ada.is_told("Ending other sessions takes a recent login.")
    ada.leaves_a_picture("recent-login")
    ada.browser.click("#prove")
    app.provider.admits(ada.browser, known=True)
    ada.is_in()
    ada.browser.click("#end-others")
    ada.has(1)
    elsewhere.looks_again()
    elsewhere.is_told("Your session has ended.")


def a_provider_that_is_down(app):
    ada = app.person()
    app.provider.stop()
    ada.goes_to_the_provider()
    ada.is_told("The provider can't be reached.")
    ada.leaves_a_picture("provider-down")
    ada.is_out()


def another_browsers_callback(app):
    """Who follows it is not logged in as the other, and takes nothing from them."""
    eve, ada = app.person("eve"), app.person()
    app.relay.closed = True
    eve.goes_to_the_provider()
    app.provider.admits(eve.browser, "eve")
    callback = eve.is_at_the_callback()
    app.relay.closed = False
    ada.browser.own("POST", "url", {"url": callback})
    ada.is_told("began in another browser")
    ada.leaves_a_picture("another-browsers-callback")
    ada.is_out()
    # Nor is it another's whose own flow is under way.
    ada.goes_to_the_provider()
    app.provider.asks(ada.browser)
    ada.browser.own("POST", "url", {"url": callback})
    ada.is_out()
    expect("sessions", app.sessions(), 0)
    eve.browser.own("POST", "url", {"url": callback})
    eve.is_in()
    expect("sessions", app.sessions(), 1)


def the_back_button(app):
    """Nothing behind the page that one is logged in on ends the session, or begins another."""
    ada = app.person()
    ada.logs_in()
    session = ada.session()
    for _ in range(ada.browser.script("return history.length")):
        ada.browser.back()
    ada.browser.own("POST", "url", {"url": app.callback_address()})
    ada.browser.go("/")
    ada.is_in()
    expect("the session", ada.session()["session"], session["session"])
    expect("sessions", app.sessions(), 1)


def two_tabs(app):
    """One flow after the other ends, in the order in which they began: both tabs then are in the later session.

    A callback is not told of a session that began since its flow: the first one lives on, and the user can end it.
    """
    ada = app.person()
    first = ada.tab()
    ada.goes_to_the_provider()
    app.provider.asks(ada.browser)
    second = ada.opens_a_tab()
    ada.goes_to_the_provider()
    app.provider.asks(ada.browser)
    ada.looks_at(first)
    app.provider.admits(ada.browser)
    earlier = ada.is_in()
    ada.looks_at(second)
    app.provider.admits(ada.browser, known=True)
    later = ada.is_in()
    expect("the same session", later["session"] == earlier["session"], False)
    ada.looks_at(first)
    ada.browser.go("/")
    expect("the session of the first tab", ada.is_in()["session"], later["session"])
    ada.has(2)


def a_logout_at_both_ends(app):
    ada = app.person()
    ada.logs_in()
    ada.browser.click("#log-out")
    app.provider.lets_out(ada.browser)
    ada.is_out()
    ada.leaves_a_picture(f"logged-out-of-{app.provider.name}")
    expect("sessions", app.sessions(), 0)
    ada.goes_to_the_provider()
    app.provider.admits(ada.browser)
    ada.is_in()


def a_logout_at_the_provider(app):
    """It tells the application: the page that is open learns of it, and the user's other browser keeps its session."""
    ada, elsewhere = app.person(), app.person()
    ada.logs_in()
    elsewhere.logs_in()
    page = ada.tab()
    ada.opens_a_tab(app.provider.logout)
    app.provider.lets_out(ada.browser)
    ada.browser.until("is logged out there", "document.body.innerText.includes('Sign-out Success')")
    told = [one.status for one in app.relay.exchanges if one.path == "/logout/backchannel"]
    expect("what the provider was answered", told, [200])
    ada.looks_at(page)
    ada.looks_again()
    ada.is_told("Your session has ended.")
    ada.leaves_a_picture("ended-by-the-provider")
    ada.is_out()
    elsewhere.looks_again()
    elsewhere.is_in()
    expect("sessions", app.sessions(), 1)


def an_end_by_the_operator(app):
    """Who was thrown out does not come back by the provider's own session: it asks again."""
    ada = app.person()
    user = ada.logs_in()["user"]
    app.sessionctl("session", "revoke", "--user", user, "--yes")
    another_second()
    ada.looks_again()
    ada.is_told("Your session has ended.")
    ada.goes_to_the_provider()
    app.provider.asks(ada.browser)
    ada.leaves_a_picture("asked-again")
    expect("sessions", app.sessions(), 0)
    app.provider.admits(ada.browser, known=True)
    expect("whose session it is", ada.is_in()["user"], user)


def a_user_whom_the_operator_bars(app):
    """The provider lets the user in all the same."""
    ada = app.person()
    ada.logs_in()
    who = ["--issuer", app.provider.issuer, "--subject", ada.user]
    app.sessionctl("subject", "bar", *who)
    another_second()
    ada.looks_again()
    ada.is_told("Your session has ended.")
    ada.goes_to_the_provider()
    app.provider.admits(ada.browser, known=True)
    ada.is_told("This user may not log in here.")
    ada.leaves_a_picture("barred")
    expect("sessions", app.sessions(), 0)
    app.sessionctl("subject", "unbar", *who)
    ada.goes_to_the_provider()
    app.provider.admits(ada.browser, known=True)
    ada.is_in()


def another_second():
    """Waits for it: a login in the second of an end counts as one before it."""
    ended = int(time.time())
    while int(time.time()) == ended:
        time.sleep(0.05)


FLOWS = [
    an_interactive_login, a_login_for_one_page, a_silent_login, a_recent_login, an_end_of_other_sessions,
    a_login_that_the_user_calls_off, a_provider_that_is_down, another_browsers_callback, the_back_button, two_tabs,
    a_logout_at_both_ends, a_logout_at_the_provider, an_end_by_the_operator, a_user_whom_the_operator_bars,
]  # fmt: skip
# What a provider has that keeps no session of its own, and tells nobody of a logout.
FLOWS_OF_COGNITO = [an_interactive_login, a_login_for_one_page, a_logout_at_both_ends]

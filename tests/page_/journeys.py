"""What people do on the page, one way after the other."""

from page_.person import USER, WRONG, expect

TAB, ENTER, SPACE = "\ue004", "\ue007", " "
SCRIPT = "<script>document.title='shown'</script><img src=x onerror=\"document.title='shown'\">"
WORDS = {
    "credentials": "password is wrong", "wait": "too many tries", "fields": "lacked", "denied": "called off",
    "login_required": "on its own page first", "expired": "took too long", "again": "did not ask who you are",
    "barred": "may not log in", "email": "e-mail address", "provider": "can't be reached", "fault": "at the server",
    "rejected": "can't be trusted", "constructor": "Logging in did not work.",
}  # fmt: skip
STATUSES = [0, 400, 401, 403, 404, 405, 412, 413, 415, 429, 500, 502, 503]


def a_login_and_a_logout(home):
    ada = home.person()
    ada.is_out()
    ada.is_accessible("before the login")
    ada.leaves_a_picture("login")
    ada.types("wrong")
    ada.is_told(WRONG)
    expect("the password", ada.browser.script("return document.querySelector('#password').value"), "")
    ada.is_accessible("wrong password")
    ada.leaves_a_picture("wrong-password")
    ada.logs_in()
    expect("the focus", ada.browser.focus(), "title")
    ada.is_accessible("logged in")
    ada.leaves_a_picture("session")
    ada.browser.click("#log-out")
    ada.browser.shows("#status", "You are logged out.")
    ada.is_out()
    ada.has_seen_no_fault()


def in_the_dark(home):
    ada = home.person(dark=True)
    ada.types("wrong")
    ada.is_told(WRONG)
    ada.is_accessible("dark, wrong password")
    ada.logs_in()
    ada.is_accessible("dark, logged in")
    ada.leaves_a_picture("dark")
    ada.has_seen_no_fault()


def by_keyboard_alone(home):
    ada = home.person()
    ada.is_out()
    ada.browser.keys(TAB, *USER, TAB, *home.password, TAB, SPACE, TAB, ENTER)
    ada.is_in()
    while ada.browser.focus() != "log-out":
        ada.browser.keys(TAB)
    ada.browser.keys(ENTER)
    ada.browser.shows("#status", "You are logged out.")
    ada.has_seen_no_fault()


def too_many_wrong_passwords(home):
    """After five each has to wait twice as long as the one before: however slow the machine, one of them comes too early."""
    ada = home.person()
    for _ in range(20):
        ada.browser.script("document.querySelector('#error').hidden = true")
        ada.types("wrong")
        ada.browser.shows("#error", ".")
        if ada.browser.text("#error").startswith("There were"):
            break
    ada.is_told("There were too many tries. Wait")
    ada.leaves_a_picture("throttled")
    ada.has_seen_no_fault()


def devices(home):
    """The other's user agent is a script, which is shown and not run."""
    ada, other = home.person(), home.person(agent=SCRIPT)
    ada.logs_in()
    other.logs_in()
    ada.browser.go("/")
    ada.has(2)
    ada.browser.shows("#devices", SCRIPT)
    expect("elements of the user agent", ada.browser.script("return document.querySelectorAll('#devices :is(script, img)').length"), 0)
    expect("the title", ada.browser.script("return document.title"), "Your session")
    ada.is_accessible("two devices")
    ada.leaves_a_picture("devices")
    ada.browser.click("#devices button")
    ada.browser.shows("#status", "That session has ended.")
    expect("the focus", ada.browser.focus(), "devices-title")
    ada.has(1)
    other.browser.click("#end-others")
    other.is_told("Your session has ended.")
    other.is_out()
    for person in (ada, other):
        person.has_seen_no_fault()


def all_other_devices(home):
    ada, *others = (home.person() for _ in range(3))
    for person in (*others, ada):
        person.logs_in()
    ada.has(3)
    ada.browser.click("#end-others")
    ada.browser.shows("#status", "All other sessions have ended.")
    ada.has(1)
    for other in others:
        # As when the tab is looked at again.
        other.browser.script("document.dispatchEvent(new Event('visibilitychange'))")
        other.is_told("Your session has ended.")
        other.is_out()


def a_logout_everywhere(home):
    ada, other = home.person(), home.person()
    ada.logs_in()
    other.logs_in()
    ada.browser.click("#log-out-everywhere")
    ada.browser.shows("#status", "You are logged out.")
    other.browser.click("#log-out")
    other.is_out()


def a_page_that_comes_back(home):
    """By the back button, and from the browser's memory."""
    ada, other = home.person(), home.person()
    ada.logs_in()
    ada.browser.go("/page/page.css")
    ends_all(other)
    ada.browser.back()
    ada.is_out()
    ada.logs_in()
    ends_all(other)
    ada.browser.script("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    ada.is_out()


def ends_all(person):
    person.logs_in()
    person.browser.click("#log-out-everywhere")
    person.is_out()


def a_warning_before_the_idle_end(home):
    ada = home.person()
    ada.logs_in()
    ada.browser.script("window.passed = 7200 - 100")
    ada.browser.shows("#warning", "Are you still there?")
    ada.is_accessible("the warning")
    ada.leaves_a_picture("warning")
    ada.browser.click("#stay")
    ada.browser.shows("#status", "You stay logged in.")
    ada.browser.until("closes the warning", "!document.querySelector('#warning').open")
    # The device's clock is put on, and the server's is not: nobody is warned.
    ada.browser.script("const now = Date.now; Date.now = () => now() + 7100000;"
                       "new MutationObserver(() => { window.ticks = (window.ticks ?? 0) + 1; })"
                       ".observe(document.querySelector('#absolute'), {childList: true})")  # fmt: skip
    ada.browser.until("goes on", "window.ticks >= 2")
    expect("a warning", ada.browser.script("return document.querySelector('#warning').open"), False)
    ada.has_seen_no_fault()


def a_session_that_is_over(home):
    """The page asks when the idle time has passed, and learns that the session has ended."""
    ada, other = home.person(), home.person()
    ada.logs_in()
    ends_all(other)
    ada.browser.script("window.passed = 7200")
    ada.is_told("Your session has ended. Log in to go on.")
    ada.is_out()
    ada.logs_in()
    ada.has_seen_no_fault()


def to_the_provider(home):
    """Where the link leads, with what is chosen; the provider itself is not asked."""
    ada, other = home.person(), home.person()
    ada.browser.shows("#provider", "Continue with Example & <Sons>")
    ada.leaves_a_picture("provider")
    ada.is_led_to(f"{home.url}/login/oidc?return_to=%2F")
    ada.browser.click("#remember")
    ada.is_led_to(f"{home.url}/login/oidc?return_to=%2F&remember=true")
    # Who has a password proves it here, and not at the provider.
    other.logs_in()
    ada.logs_in()
    ada.has(2)
    ada.browser.script("const ask = fetch; fetch = (path, options) => options.method === 'DELETE'"
                       " ? new Response('{}', {status: 403}) : ask(path, options)")  # fmt: skip
    ada.browser.click("#end-others")
    ada.is_told("Log out here, log in again")
    expect("whether the provider is left out", ada.browser.script("return document.querySelector('#prove-row').hidden"), True)
    other.browser.script("fetch = async () => new Response(JSON.stringify({end_session_url: '/page/sentences.js'}))")
    other.browser.click("#log-out")
    other.browser.until("goes on to the provider", "location.pathname === '/page/sentences.js'")
    for person in (ada, other):
        person.has_seen_no_fault()


def words_of_a_redirect(home):
    ada = home.person()
    for word, sentence in WORDS.items():
        ada.browser.go(f"/?error={word}")
        ada.is_told(sentence)
        expect("the address", ada.browser.script("return location.search"), "")
    ada.browser.go(f"/?error={SCRIPT}")
    ada.is_told("Logging in did not work.")
    sentences = ada.browser.awaited(
        "import('./page/sentences.js').then(({ofAnswer}) => ['login', 'read', 'list', 'logout', 'end'].flatMap("
        f"action => {STATUSES}.flatMap(status => [null, '1', '7'].map(wait => ofAnswer(action, status, wait)))))"
    )
    expect("how many sentences", len(sentences), 5 * len(STATUSES) * 3)
    expect("what is no sentence", [it for it in sentences if not it.endswith(".") or "WAIT" in it or "null" in it], [])


def without_scripts(home):
    ada = home.person(scripts=False)
    ada.browser.until("says so", "true")
    expect("what it says", "This page needs JavaScript" in ada.browser.text(), True)
    ada.leaves_a_picture("without-scripts")


JOURNEYS = [
    a_login_and_a_logout, in_the_dark, by_keyboard_alone, too_many_wrong_passwords, devices, all_other_devices,
    a_logout_everywhere, a_page_that_comes_back, a_warning_before_the_idle_end, a_session_that_is_over,
    to_the_provider, words_of_a_redirect, without_scripts,
]  # fmt: skip

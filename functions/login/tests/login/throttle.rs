//! Too many logins: a 429 before anything is verified, the same for users who do not exist, and never for
//! good.

use dynamodb_session::{
    authorize::{Decision, authorize},
    claim::Claim,
    password::store::UserStore,
    time::UnixSeconds,
    transport::Presented,
    user::UserName,
};
use serde_json::{Value, json};
use support::{NOW, TOKEN, reply::Reply};

use super::{
    FORMS, Function, PASSWORD, answer, answer_at, events, forget, function, login_as,
    sessions::presenting,
};

/// No limit an address.
const ACCOUNT: &[(&str, &str)] = &[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0")];

/// A tries' answer: its status, and what it says in Retry-After.
fn outcome(reply: &Reply) -> (u64, Option<u64>) {
    let wait = reply.header("retry-after");
    (reply.status, wait.map(|seconds| seconds.parse().unwrap()))
}

fn after(seconds: u64) -> UnixSeconds {
    UnixSeconds(NOW.0 + seconds)
}

async fn guess(login: &Function, user: &str, password: &str, seconds: u64) -> (u64, Option<u64>) {
    let [event, _] = login_as(user, password);
    outcome(&answer_at(login, event, after(seconds)).await)
}

/// `event` from another address.
fn from(mut event: Value, ip: &str) -> Value {
    let context = &mut event["requestContext"];
    let place = if context["http"].is_object() {
        "http"
    } else {
        "identity"
    };
    context[place]["sourceIp"] = json!(ip);
    event
}

#[tokio::test]
async fn what_waits_is_not_verified() {
    let login = function(FORMS).await;
    for n in 0..5 {
        assert_eq!(guess(&login, "ada", "wrong", 0).await, (401, None), "{n}");
    }
    forget(&login);
    let form = "username=ada&password=correct+horse+battery+staple";
    let forms = events("application/x-www-form-urlencoded", form);
    let right = login_as("ada", PASSWORD).into_iter().chain(forms);
    for event in right.chain(login_as("\u{ff21}DA", "wrong")) {
        let reply = answer(&login, event).await;
        reply.assert_is_proper("throttled");
        assert_eq!(outcome(&reply), (429, Some(1)));
        assert!(!reply.body.contains("ada"));
        assert_eq!(login.users.finds(), 0, "the password was verified");
        assert_eq!(login.sessions.calls(), ["count", "count"]);
    }
    assert_eq!(login.sessions.inner.len(), 1, "nobody logged in");
}

/// CVE-2020-11052 of Sorcery: a limit that holds once. And no lock-out: a try in vain makes no wait longer.
#[tokio::test]
async fn each_wait_doubles_and_then_the_right_password_works() {
    let login = function(ACCOUNT).await;
    for _ in 0..5 {
        guess(&login, "ada", "wrong", 0).await;
    }
    let mut time = 0;
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(guess(&login, "ada", "wrong", time).await, (429, Some(wait)));
        let last = time + wait - 1;
        assert_eq!(guess(&login, "ada", PASSWORD, last).await, (429, Some(1)));
        time += wait;
        assert_eq!(guess(&login, "ada", "wrong", time).await, (401, None));
        assert_eq!(guess(&login, "bob", PASSWORD, time).await.0, 200);
    }
    assert_eq!(guess(&login, "ada", PASSWORD, time).await.0, 429);
    assert_eq!(guess(&login, "ada", PASSWORD, time + 900).await.0, 200);
    // All is forgotten.
    for _ in 0..5 {
        assert_eq!(guess(&login, "ada", "wrong", time + 900).await.0, 401);
    }
    assert_eq!(guess(&login, "ada", "wrong", time + 900).await.0, 429);
}

#[tokio::test]
async fn a_day_without_a_guess_forgets_the_guesses() {
    let login = function(ACCOUNT).await;
    for _ in 0..4 {
        assert_eq!(guess(&login, "ada", "wrong", 0).await.0, 401);
    }
    let day = 86_400;
    assert_eq!(guess(&login, "ada", "wrong", day - 1).await.0, 401);
    assert_eq!(guess(&login, "ada", "wrong", day - 1).await.0, 429);
    for _ in 0..5 {
        assert_eq!(guess(&login, "ada", "wrong", 2 * day).await.0, 401);
    }
    assert_eq!(guess(&login, "ada", "wrong", 2 * day).await.0, 429);
}

/// Every user's guesses are counted, and what is done and answered is the same at each of them.
#[tokio::test]
async fn a_user_who_does_not_exist_is_throttled_like_one_who_does() {
    let mut courses = Vec::new();
    for (user, password) in [
        ("ada", "wrong"),
        ("bob", "wrong"),
        ("bob", PASSWORD),
        ("nobody", PASSWORD),
    ] {
        let login = function(&[]).await;
        let bob = UserName::parse("bob").unwrap();
        let disabled = login.users.inner.set_disabled(&bob, true, NOW).await;
        assert!(disabled.unwrap());
        let mut course = Vec::new();
        for seconds in [0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 3] {
            let [event, _] = login_as(user, password);
            let reply = answer_at(&login, event, after(seconds)).await;
            course.push((reply, login.users.finds(), login.sessions.calls()));
        }
        courses.push(course);
    }
    let statuses = courses[0].iter().map(|(reply, ..)| reply.status);
    let expected = [401, 401, 401, 401, 401, 429, 401, 429, 429, 401, 429];
    assert_eq!(statuses.collect::<Vec<_>>(), expected);
    for course in &courses {
        assert_eq!(course, &courses[0]);
    }
}

#[tokio::test]
async fn an_address_has_its_tries_in_each_minute() {
    let login = function(&[]).await;
    let begin = 60 - NOW.0 % 60;
    // Each at another account, in either format, and whether it succeeds or not.
    for n in 0..10 {
        for event in login_as(&format!("user-{n}"), PASSWORD) {
            assert_eq!(answer_at(&login, event, after(begin)).await.status, 401);
        }
    }
    forget(&login);
    for seconds in [0, 17, 59] {
        for mut event in login_as("ada", PASSWORD) {
            event["headers"]["x-forwarded-for"] = json!("203.0.113.9");
            event["headers"]["forwarded"] = json!("for=203.0.113.9");
            let reply = answer_at(&login, event, after(begin + seconds)).await;
            reply.assert_is_proper("throttled");
            assert_eq!(outcome(&reply), (429, Some(60 - seconds)));
            assert_eq!(login.users.finds(), 0);
            assert_eq!(
                login.sessions.calls(),
                ["count"],
                "the account is not asked"
            );
        }
    }
    for event in login_as("ada", PASSWORD) {
        let event = from(event, "192.0.2.11");
        assert_eq!(answer_at(&login, event, after(begin)).await.status, 200);
    }
    for event in login_as("ada", PASSWORD) {
        let reply = answer_at(&login, event, after(begin + 60)).await;
        assert_eq!(reply.status, 200, "the next minute");
    }
}

/// Viewers behind a CDN don't share one minute; who goes past it has the minute of their own address.
#[tokio::test]
async fn an_address_that_a_trusted_front_tells_has_its_own_tries() {
    const SECRET: &str = "a-secret-of-the-front-0123456789";
    let login = function(&[
        ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "1"),
        ("SESSION_FRONT_HEADER", "X-Forwarded-For"),
        ("SESSION_FRONT_HOP", "2"),
        ("SESSION_FRONT_SECRETS", SECRET),
    ])
    .await;
    for (secret, forwarded, status) in [
        (SECRET, "203.0.113.1, 192.0.2.10", 200),
        (SECRET, "203.0.113.2, 192.0.2.10", 200),
        (SECRET, "203.0.113.2, 192.0.2.10", 429),
        (SECRET, "203.0.113.3, 203.0.113.2, 192.0.2.10", 429),
        ("", "203.0.113.4, 192.0.2.10", 200),
        ("", "203.0.113.5, 192.0.2.10", 429),
        (SECRET, "nobody", 429),
    ] {
        let [mut event, _] = login_as("ada", PASSWORD);
        event["headers"]["x-front-secret"] = json!(secret);
        event["headers"]["x-forwarded-for"] = json!(forwarded);
        let reply = answer_at(&login, event, after(60 - NOW.0 % 60)).await;
        assert_eq!(reply.status, status, "{secret} {forwarded}");
    }
}

#[tokio::test]
async fn addresses_of_one_network_are_one() {
    let login = function(&[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "1")]).await;
    let [event, _] = login_as("ada", PASSWORD);
    for (ip, status) in [
        ("2001:db8::1", 200),
        ("2001:db8::ffff:1", 429),
        ("2001:db8:0:1::1", 200),
        ("not an address", 200),
        ("", 429),
    ] {
        let event = from(event.clone(), ip);
        assert_eq!(answer(&login, event).await.status, status, "{ip}");
    }
}

/// Who guesses at an account does not keep its user out of a browser that was logged in before.
#[tokio::test]
async fn a_browser_with_a_session_of_the_user_has_guesses_of_its_own() {
    let own = format!("__Host-id={TOKEN}");
    let login = function(ACCOUNT).await;
    for _ in 0..5 {
        guess(&login, "ada", "wrong", 0).await;
    }
    for event in login_as("ada", "wrong") {
        let strangers = format!("__Host-id={}", "A".repeat(43));
        // The last two name the user's session, and prove nothing of it.
        let forged = format!("{own}.{}", "A".repeat(43));
        let guesses = [
            strangers,
            format!("{own}; {own}"),
            format!("{own}."),
            forged,
        ];
        for cookie in guesses {
            let reply = answer(&login, presenting(event.clone(), &cookie)).await;
            assert_eq!(outcome(&reply), (429, Some(1)), "{cookie}");
        }
    }
    let [event, _] = login_as("ada", "wrong");
    let event = presenting(event, &own);
    for _ in 0..5 {
        assert_eq!(answer(&login, event.clone()).await.status, 401);
    }
    forget(&login);
    assert_eq!(outcome(&answer(&login, event).await), (429, Some(1)));
    assert_eq!(login.users.finds(), 0);
    // The right password, of which all is forgotten.
    let [event, _] = login_as("ada", PASSWORD);
    let reply = answer_at(&login, presenting(event, &own), after(1)).await;
    assert_eq!(reply.status, 200);
    assert_eq!(guess(&login, "ada", "wrong", 1).await.0, 401);
}

#[tokio::test]
async fn a_session_tells_a_browser_until_its_absolute_deadline_and_for_its_user_alone() {
    let own = format!("__Host-id={TOKEN}");
    #[rustfmt::skip]
    let cases = [
        // name                     user   seconds   status
        ("alive",                   "ada",       0,  200),
        ("idle",                    "ada",    8000,  200),
        ("its last second",         "ada", 43_139,   200),
        ("its absolute deadline",   "ada", 43_140,   429),
        ("another user's",          "bob",       0,  429),
    ];
    for (name, user, seconds, status) in cases {
        let login = function(ACCOUNT).await;
        for _ in 0..5 {
            guess(&login, user, "wrong", seconds).await;
        }
        for event in login_as(user, PASSWORD) {
            assert_eq!(answer_at(&login, event, after(seconds)).await.status, 429);
        }
        let [event, _] = login_as(user, PASSWORD);
        let reply = answer_at(&login, presenting(event, &own), after(seconds)).await;
        assert_eq!(reply.status, status, "{name}");
    }
}

#[tokio::test]
async fn a_limit_of_zero_limits_nothing() {
    let login = function(&[
        ("SESSION_LOGIN_FREE_FAILURES", "0"),
        ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0"),
    ])
    .await;
    for _ in 0..21 {
        assert_eq!(guess(&login, "ada", "wrong", 0).await, (401, None));
    }
    assert_eq!(guess(&login, "ada", PASSWORD, 0).await.0, 200);
    let calls = login.sessions.calls();
    assert!(!calls.contains(&"count") && !calls.contains(&"clear"));
}

/// I4: a session that the limit of age would end as it begins is not begun, and who tries meanwhile waits no longer for it.
#[tokio::test]
async fn before_the_limit_of_age_a_login_is_told_to_wait_and_not_counted() {
    let limit = (NOW.0 + 30).to_string();
    let login = function(&[("SESSION_NOT_BEFORE", &limit), ACCOUNT[0]]).await;
    for seconds in [0, 0, 0, 0, 0, 0, 29] {
        for event in login_as("ada", PASSWORD) {
            let reply = answer_at(&login, event, after(seconds)).await;
            reply.assert_is_proper("closed");
            assert_eq!(outcome(&reply), (503, Some(30 - seconds)));
            assert_eq!((login.users.finds(), login.sessions.calls().len()), (0, 0));
        }
    }
    let [event, _] = login_as("ada", PASSWORD);
    let reply = answer_at(&login, event, after(30)).await;
    assert_eq!(reply.status, 200);
    let (token, _) = reply.cookies[0].split_once(';').unwrap();
    let presented = Presented::Token(token.strip_prefix("__Host-id=").unwrap());
    let policy = &login.config.policy;
    let claim = Claim::verify(presented, &policy.format);
    let decision = authorize(&login.sessions.inner, policy, &claim, after(30)).await;
    assert!(
        matches!(decision.unwrap(), Decision::Allow(_)),
        "usable at once"
    );
}

/// Only a login with a name and a password costs a try.
#[tokio::test]
async fn a_malformed_login_is_not_counted() {
    let login = function(&[]).await;
    for event in events("application/json", "{}") {
        assert_eq!(answer(&login, event).await.status, 400);
    }
    assert_eq!(login.sessions.calls(), [] as [&str; 0]);
}

/// I3: a guess that can't be counted is not verified, and is no 401.
#[tokio::test]
async fn a_fault_of_the_throttle_is_a_503() {
    for (call, earlier, seconds) in [("count", 0, 0), ("replace", 5, 1), ("session", 5, 0)] {
        let login = function(ACCOUNT).await;
        for _ in 0..earlier {
            assert_eq!(guess(&login, "ada", "wrong", 0).await.0, 401);
        }
        forget(&login);
        login.sessions.fail_at(call);
        for event in login_as("ada", PASSWORD) {
            let event = presenting(event, &format!("__Host-id={TOKEN}"));
            let reply = answer_at(&login, event, after(seconds)).await;
            reply.assert_is_proper(call);
            assert_eq!(outcome(&reply), (503, None), "{call}");
            assert!(!reply.body.contains("Secret"));
            assert_eq!(login.users.finds(), 0, "{call}");
        }
    }
}

/// The session is durable by then: an error would leave it without an owner.
#[tokio::test]
async fn a_login_that_cannot_be_forgiven_is_a_login() {
    let login = function(&[]).await;
    login.sessions.fail_at("clear");
    for event in login_as("ada", PASSWORD) {
        assert_eq!(answer(&login, event).await.status, 200);
    }
}

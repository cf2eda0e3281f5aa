//! Names whose form depends on whether they are lowered as a whole: whoever is stored under either form logs in, and
//! nobody learns who is.

use dynamodb_session::{
    fault::FaultKind, password::store::UserStore, store::SessionStore, user::UserName,
};
use support::NOW;

use super::{Function, PASSWORD, answer, function, hash, login_as, sessions::presenting};

/// One name, as it may be typed.
const CAPITALS: &str = "ΓΙΏΡΓΟΣ ΠΑΠΆΣ";
const MIXED: &str = "Γιώργος ΠΑΠΆΣ";
const SMALL: &str = "Γιώργος Παπάς";

/// What these were stored as when letters were lowered one by one. The last one is the name's form.
const STORED: [(&str, &str); 3] = [
    (CAPITALS, "γιώργοσ παπάσ"),
    (MIXED, "γιώργος παπάσ"),
    (SMALL, "γιώργος παπάς"),
];

/// A function without a limit an address, with users of these stored names: the password of each is `PASSWORD` and the name.
async fn storing(users: &[&str], free_failures: &str) -> Function {
    let login = function(&[
        ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0"),
        ("SESSION_LOGIN_FREE_FAILURES", free_failures),
    ])
    .await;
    for user in users {
        let name = UserName::from_stored((*user).to_owned());
        let hash = hash(&password_of(user));
        assert!(login.users.inner.add(&name, &hash, NOW).await.unwrap());
    }
    login
}

fn password_of(stored: &str) -> String {
    format!("{PASSWORD} of {stored}")
}

async fn status(login: &Function, typed: &str, password: &str) -> u64 {
    let [event, _] = login_as(typed, password);
    answer(login, event).await.status
}

/// Who is stored under the usual form, or under that of the name in capitals, is found by any spelling.
#[tokio::test]
async fn a_name_in_any_spelling_is_one_account() {
    for (_, stored) in [STORED[0], STORED[2]] {
        let login = storing(&[stored], "5").await;
        let password = password_of(stored);
        // Again and again: each login forgets what was counted for it, under whichever name.
        for _ in 0..7 {
            for typed in [CAPITALS, MIXED, SMALL, "γιώργοσ παπάς"] {
                assert_eq!(
                    status(&login, typed, &password).await,
                    200,
                    "{typed} {stored}"
                );
            }
        }
        let name = UserName::from_stored(stored.to_owned());
        let sessions = login.sessions.inner.user(&name).await.unwrap();
        assert!(sessions.is_some_and(|item| !item.sessions.is_empty()));
        // Five guesses are free in all, and not five a spelling.
        for (turn, typed) in [CAPITALS, MIXED, SMALL, SMALL, CAPITALS, MIXED, SMALL]
            .iter()
            .enumerate()
        {
            let expected = if turn < 5 { 401 } else { 429 };
            assert_eq!(
                status(&login, typed, "wrong").await,
                expected,
                "{turn} {stored}"
            );
        }
    }
}

/// Whatever was guessed in one spelling is forgotten by the right password in another.
#[tokio::test]
async fn the_right_password_in_any_spelling_forgets_the_guesses_in_all() {
    for (_, stored) in [STORED[0], STORED[2]] {
        let login = storing(&[stored], "5").await;
        for guessed in [CAPITALS, MIXED, SMALL] {
            for typed in [CAPITALS, MIXED, SMALL] {
                for _ in 0..4 {
                    assert_eq!(status(&login, guessed, "wrong").await, 401, "{guessed}");
                }
                let right = status(&login, typed, &password_of(stored)).await;
                assert_eq!(right, 200, "{guessed} {typed} {stored}");
            }
        }
    }
}

/// A client that is stopped at its address costs no look-up.
#[tokio::test]
async fn a_name_is_looked_up_only_for_a_login_whose_address_need_not_wait() {
    let login = function(&[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "1")]).await;
    assert_eq!(status(&login, CAPITALS, "wrong").await, 401);
    assert_eq!(login.users.finds(), 3);
    assert_eq!(status(&login, CAPITALS, "wrong").await, 429);
    assert_eq!(login.users.finds(), 0);
}

/// As when letters were lowered one by one: each has what they had.
#[tokio::test]
async fn users_who_were_stored_under_several_spellings_log_in_by_their_own() {
    let login = storing(&STORED.map(|(_, stored)| stored), "0").await;
    for (typed, own) in STORED {
        for (_, stored) in STORED {
            let expected = if stored == own { 200 } else { 401 };
            let status = status(&login, typed, &password_of(stored)).await;
            assert_eq!(status, expected, "{typed} {stored}");
        }
        assert_eq!(status(&login, own, &password_of(own)).await, 200, "{own}");
    }
}

/// Whoever has an account of the same name in another spelling logs in between any two guesses.
#[tokio::test]
async fn a_right_login_forgets_no_guess_at_a_user_of_another_spelling() {
    for (victim, stored) in STORED {
        for (typed, own) in STORED.iter().filter(|(typed, _)| *typed != victim) {
            let login = storing(&[stored, own], "5").await;
            let mut guesses = 0;
            for _ in 0..20 {
                guesses += usize::from(status(&login, victim, "wrong").await == 401);
                status(&login, typed, &password_of(own)).await;
            }
            assert!(guesses <= 5, "{guesses} guesses at {stored} by {own}");
        }
    }
}

/// Nor do a user's sessions make guesses at a user of another spelling those of a browser that may have some of its own.
#[tokio::test]
async fn a_session_of_a_user_of_another_spelling_gives_no_guesses() {
    let [(victim, stored), _, (typed, own)] = STORED;
    let login = storing(&[stored, own], "5").await;
    let [event, _] = login_as(typed, &password_of(own));
    let reply = answer(&login, event).await;
    let (cookie, _) = reply.cookies[0].split_once(';').unwrap();
    for _ in 0..5 {
        status(&login, victim, "wrong").await;
    }
    let [event, _] = login_as(victim, "wrong");
    let reply = answer(&login, presenting(event, cookie)).await;
    assert_eq!(reply.status, 429);
}

/// The work and the answer tell of the text that was typed, and not of who is there.
#[tokio::test]
async fn whoever_is_stored_a_spelling_costs_the_same() {
    for (typed, finds) in [(CAPITALS, 3), (MIXED, 4), (SMALL, 3), ("ΓΙΏΡΓΟΥ", 1)] {
        let all = STORED.map(|(_, stored)| stored);
        let mut courses = Vec::new();
        for users in [&[], &all[..1], &all[1..2], &all[2..], &all[..]] {
            let login = storing(users, "5").await;
            let mut course = Vec::new();
            for password in ["wrong", "wrong", PASSWORD, "wrong", "wrong", "wrong"] {
                let [event, _] = login_as(typed, password);
                let reply = answer(&login, event).await;
                course.push((reply, login.users.finds(), login.sessions.calls()));
            }
            courses.push(course);
        }
        assert_eq!(
            (courses[0][0].0.status, courses[0][0].1),
            (401, finds),
            "{typed}"
        );
        assert_eq!(courses[0][5].0.status, 429);
        for course in &courses {
            assert_eq!(course, &courses[0], "{typed}");
        }
    }
}

#[tokio::test]
async fn a_fault_while_a_name_is_looked_up_is_a_503_and_a_damaged_record_a_refusal() {
    for (fault, expected) in [
        (FaultKind::Unavailable, 503),
        (FaultKind::Misconfigured, 503),
        (FaultKind::Damaged, 401),
    ] {
        let mut login = storing(&[], "5").await;
        login.users.hook.fault = Some(fault);
        let [event, _] = login_as(CAPITALS, PASSWORD);
        let reply = answer(&login, event).await;
        reply.assert_is_proper("looked up");
        assert_eq!(reply.status, expected);
        assert!(!format!("{reply:?}").contains("Secret"));
    }
}

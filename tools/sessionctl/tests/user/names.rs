//! Names that are no longer given to new users, or were stored in another form.

use dynamodb_session::{
    entropy::SystemEntropy,
    password::{Password, hash::PasswordHash, store::UserStore},
    throttle::{Limits, Turn, at_account},
    time::UnixSeconds,
};

use super::super::engine::{Engine, NEW, OLD, name, run, said};

/// Another release added such a user; this one adds none.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_a_character_that_shows_nothing_is_not_added_and_still_managed() {
    let engine = Engine::start().await;
    let blank = "ad\u{2800}a";
    let (code, text) = said(&run(engine.command(&["user", "add", blank]), OLD));
    assert_eq!(code, 2, "{text}");
    assert!(
        text.contains("the character U+2800 shows nothing"),
        "{text}"
    );
    assert_eq!(engine.record(blank).await, None);

    run(engine.command(&["user", "add", "ada"]), OLD);
    let hash = engine.record("ada").await.unwrap().hash;
    let now = UnixSeconds::from_system_clock();
    assert!(engine.users().add(&name(blank), &hash, now).await.unwrap());
    assert!(engine.logs_in(blank, OLD).await);
    for (command, input) in [
        ("passwd", NEW),
        ("disable", ""),
        ("enable", ""),
        ("unlock", ""),
        ("remove", ""),
    ] {
        let (code, text) = said(&run(engine.command(&["user", command, blank]), input));
        assert_eq!(code, 0, "{command} {text}");
    }
    assert_eq!(engine.record(blank).await, None);
}

/// Stored by a release that lowered letters one by one.
async fn store(engine: &Engine, user: &str) {
    let password = Password::received(OLD.to_owned()).unwrap();
    let hash = PasswordHash::new(&password, &SystemEntropy).unwrap();
    let added = engine.users().add(&name(user), &hash, UnixSeconds(1)).await;
    assert!(added.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_stored_in_a_former_form_is_managed_by_any_spelling_and_shown_as_stored() {
    const FORMER: &str = "γιώργοσ";
    let engine = Engine::start().await;
    for spelling in ["ΓΙΏΡΓΟΣ", "Γιώργος", FORMER] {
        let user = |command: &str, input: &str| {
            said(&run(engine.command(&["user", command, spelling]), input))
        };
        store(&engine, FORMER).await;
        let (code, text) = user("add", NEW);
        let expected = format!("has a user {FORMER} already: `sessionctl user passwd {FORMER}`");
        assert!(code == 2 && text.contains(&expected), "{text}");
        assert!(engine.logs_in(FORMER, OLD).await);
        for (command, input, expected) in [
            ("passwd", NEW, "ended 1 session in"),
            ("disable", "", "ended 0 sessions in"),
            ("enable", "", "enabled γιώργοσ in"),
        ] {
            let (code, text) = user(command, input);
            assert_eq!(code, 0, "{text}");
            assert!(text.contains(expected) && text.contains(FORMER), "{text}");
        }
        assert!(engine.logs_in(FORMER, NEW).await);
        // What can't be undone takes the very name.
        if spelling == "Γιώργος" {
            let (code, text) = user("remove", "");
            let expected =
                format!("has no user γιώργος, but {FORMER}: `sessionctl user remove {FORMER}`");
            assert!(code == 2 && text.contains(&expected), "{text}");
            assert!(engine.logs_in(FORMER, NEW).await);
        }
        let (code, text) = said(&run(engine.command(&["user", "remove", FORMER]), ""));
        assert!(code == 0 && text.contains("ended "), "{text}");
        assert_eq!(engine.record(FORMER).await, None);
        assert_eq!(engine.session_count(FORMER).await, 0);

        // Releases of then removed the record first.
        store(&engine, FORMER).await;
        assert!(engine.logs_in(FORMER, OLD).await);
        assert!(engine.users().remove(&name(FORMER)).await.unwrap());
        let (code, text) = user("remove", "");
        assert!(code == 0 && text.contains("ended 1 session in"), "{text}");
        assert_eq!(engine.session_count(FORMER).await, 0);
    }
}

/// Two who were stored in two forms are two: what is done to one spares the other.
#[tokio::test(flavor = "multi_thread")]
async fn users_who_are_stored_in_two_forms_are_managed_each_by_their_own() {
    let (capitals, small) = ("γιώργοσ", "γιώργος");
    let engine = Engine::start().await;
    for (typed, own, other) in [
        ("ΓΙΏΡΓΟΣ", capitals, small),
        (capitals, capitals, small),
        ("Γιώργος", small, capitals),
    ] {
        for user in [own, other] {
            store(&engine, user).await;
            assert!(engine.logs_in(user, OLD).await);
        }
        let (code, text) = said(&run(engine.command(&["user", "remove", typed]), ""));
        assert!(
            code == 0 && text.contains(&format!("removed {own} from")),
            "{text}"
        );
        assert_eq!(engine.session_count(own).await, 0);
        assert_eq!(engine.session_count(other).await, 1);
        // Once more, as after an answer that was lost.
        let (code, text) = said(&run(engine.command(&["user", "remove", typed]), ""));
        assert!(
            code == 2 && text.contains(&format!("but {other}:")),
            "{text}"
        );
        assert_eq!(engine.session_count(other).await, 1);
        assert!(engine.logs_in(other, OLD).await);
        let (code, _) = said(&run(engine.command(&["user", "remove", other]), ""));
        assert_eq!(code, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_is_stored_in_the_one_form_and_unlocked_by_any_spelling() {
    let engine = Engine::start().await;
    let (code, text) = said(&run(engine.command(&["user", "add", "ΑΝΤΏΝΗΣ.ΠΑΠΆΣ"]), OLD));
    assert!(
        code == 0 && text.starts_with("added αντώνης.παπάς to"),
        "{text}"
    );
    assert!(engine.logs_in("αντώνης.παπάς", OLD).await);

    let (store, now) = (engine.sessions(), UnixSeconds::from_system_clock());
    let limits = Limits {
        free_failures: 1,
        address_per_minute: 0,
    };
    for counted in ["αντώνης.παπάς", "αντώνησ.παπάσ"] {
        for expected in [Turn::Granted, Turn::Wait(1)] {
            let turn = at_account(&store, limits, &name(counted), now).await;
            assert_eq!(turn.unwrap(), expected);
        }
        let unlock = engine.command(&["user", "unlock", "Αντώνης.Παπάς"]);
        assert_eq!(said(&run(unlock, "")).0, 0);
        let turn = at_account(&store, limits, &name(counted), now).await;
        assert_eq!(turn.unwrap(), Turn::Granted);
        let unlock = engine.command(&["user", "unlock", "Αντώνης.Παπάς"]);
        assert_eq!(said(&run(unlock, "")).0, 0);
    }
}

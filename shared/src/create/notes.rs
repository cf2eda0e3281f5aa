//! What a login by the word of a provider demands and leaves besides its session.

use super::login::{Credential, Login};
use crate::{identity::ProviderKey, store::Note, time::UnixSeconds};

/// The notes of `login`, whose session expires at `expires`. `outlived`: its provider's session has brought one that stays longer.
pub(super) fn of(
    login: &Login<impl Credential>,
    expires: UnixSeconds,
    outlived: bool,
) -> Vec<Note> {
    let Some(identity) = &login.origin.identity else {
        return Vec::new();
    };
    let issuer = &identity.issuer;
    let sid = identity.sid.as_deref();
    let sid = sid.map(|sid| ProviderKey::of_sid(issuer, sid));
    let subject = ProviderKey::of_subject(issuer, &identity.subject);
    let mut notes = vec![Note::NotBarred(login.user.clone())];
    if let Some(issued) = login.credential.issued() {
        let of = sid.iter().cloned().chain([subject]);
        notes.extend(of.map(|of| Note::NotLoggedOut { of, issued }));
    }
    notes.extend(sid.map(|sid| Note::Brought {
        sid,
        user: login.user.clone(),
        expires,
        outlived,
    }));
    notes
}

//! What a handler changed is saved.

use dynamodb_session::{
    audit::Event,
    authorize::{self, Denial},
    create::{self, Begun, FirstWrite, Visit, VisitLimits, may_begin},
    data::{self, Data},
    entropy::SystemEntropy,
    patch::{self, PatchError, Patched, Save},
    rotate::{self, RotateError, Rotated},
    session::Live,
};

use super::{Session, change::Changes, load, state::Standing};
use crate::error::Error;

/// Where the changes go.
#[expect(
    clippy::large_enum_variant,
    reason = "one a save, and it is taken apart at once"
)]
enum Place {
    Into(Live),
    Anew(Denial),
}

impl Session {
    /// Saves now what was changed so far, in one request to the table; nothing if nothing changed. If it is refused, the changes
    /// stay, and are saved at the end or refused again.
    pub async fn save(&self) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        drop(self.open()?);
        self.save_in_turn().await
    }

    pub(super) async fn save_in_turn(&self) -> Result<(), Error> {
        if self.state().changes.is_empty() {
            return Ok(());
        }
        self.load_in_turn().await?;
        let (place, changes) = {
            let state = self.state();
            let place = match &state.standing {
                Standing::Read(live) => Place::Into(live.clone()),
                Standing::Nobody(denial) => Place::Anew(*denial),
                Standing::Told(_) | Standing::Ended => return Err(Error::NotLoggedIn),
            };
            // A copy: they stay until they are saved, also if nobody waits for that any more.
            (place, state.changes.clone())
        };
        match place {
            Place::Into(live) => self.write_changes(live, &changes).await,
            Place::Anew(denial) => self.begin(denial, &changes).await,
        }
    }

    async fn write_into(&self, live: Live, changes: &Changes) -> Result<Patched, PatchError> {
        let settings = &self.0.settings;
        let config = &settings.config;
        let (token, tags) = (self.token(), self.state().tags.clone());
        let save = Save {
            live,
            edit: &|data: &Data| changes.edit(data),
            tags: tags.as_deref(),
            limit: config.data_limit,
            anonymous_limit: config.anonymous.data_limit,
        };
        let claim = self.claim(token.as_deref());
        let (store, policy, now) = (&settings.store, &config.policy, settings.now());
        patch::save(store, &SystemEntropy, policy, &claim, save, now).await
    }

    async fn write_changes(&self, live: Live, changes: &Changes) -> Result<(), Error> {
        match self.write_into(live, changes).await {
            Ok(Patched::Done(live)) => {
                let mut state = self.state();
                // The save that was conditional has been made.
                state.tags = None;
                state.changes.forget(changes);
                Ok(state.stand(live)?)
            }
            Ok(Patched::Mismatch(_)) | Err(PatchError::Data(_)) => Err(Error::Changed),
            Ok(Patched::TooLarge { bytes, limit }) => Err(Error::TooLarge { bytes, limit }),
            Ok(Patched::Denied { denial, session }) => {
                let token = self.token();
                let presented = self.claim(token.as_deref()).presented();
                load::log(denial, session.as_ref(), presented);
                Err(Error::NotLoggedIn)
            }
            Err(PatchError::Store(error)) => Err(Error::Store(error)),
            Err(PatchError::Entropy(error)) => Err(Error::Entropy(error)),
            Err(error) => Err(Error::unknown(error)),
        }
    }

    /// An anonymous session begins with the changes, where there are anonymous sessions and the request has none.
    async fn begin(&self, denial: Denial, changes: &Changes) -> Result<(), Error> {
        let settings = &self.0.settings;
        let config = &settings.config;
        let (store, policy, now) = (&settings.store, &config.policy, settings.now());
        let first = FirstWrite {
            claim: &self.claim(None),
            denial,
            conditional: self.state().tags.is_some(),
        };
        if !may_begin(store, policy, &first, now).await? {
            return Err(Error::NotLoggedIn);
        }
        let mut data = Data::new();
        changes.apply(&mut data)?;
        let visit = Visit {
            timeouts: config.lifetimes.timeouts,
            origin: self.0.asked.origin.clone(),
            data,
        };
        let limits = VisitLimits {
            bytes: config.data_limit,
            anonymous_bytes: config.anonymous.data_limit,
            address_per_minute: config.anonymous.per_minute,
        };
        match create::begin(store, &SystemEntropy, policy, limits, &visit, now).await? {
            Begun::Session(created) => {
                let (key, session) = (created.id.key(), created.session);
                let mut state = self.state();
                state.changes.forget(changes);
                Ok(state.hold(created.token, Live { key, session })?)
            }
            Begun::Empty => Ok(()),
            Begun::TooLarge { bytes, limit } => Err(Error::TooLarge { bytes, limit }),
            Begun::Wait(seconds) => Err(Error::Wait(seconds)),
        }
    }

    /// Gives the session a new id.
    pub(super) async fn rotate_in_turn(&self) -> Result<(), Error> {
        // It is the session that was told, or there is none.
        self.load_in_turn().await?;
        let settings = &self.0.settings;
        let config = &settings.config;
        let (token, now) = (self.token(), settings.now());
        let claim = self.claim(token.as_deref());
        let grace = config.lifetimes.rotate_grace;
        let (store, policy) = (&settings.store, &config.policy);
        let rotated = rotate::rotate(store, &SystemEntropy, policy, &claim, grace, now);
        match rotated.await {
            Ok(Rotated::Done { token, session }) => {
                Event::Rotate {
                    session: &session.reference,
                }
                .log();
                let key = authorize::key(&self.claim(Some(&token)));
                let key = key.map_err(|_| Error::NotLoggedIn)?;
                self.state().hold(token, Live { key, session })?;
                Ok(())
            }
            // Another request was given the new id a moment ago.
            Ok(Rotated::Recent(_)) => Ok(()),
            Ok(Rotated::TooLarge) => {
                let limit = config.data_limit;
                let bytes = data::size(&self.state().view);
                Err(Error::TooLarge { bytes, limit })
            }
            Ok(Rotated::Denied { denial, session }) => {
                load::log(denial, session.as_ref(), claim.presented());
                Err(Error::NotLoggedIn)
            }
            Err(RotateError::Store(error)) => Err(Error::Store(error)),
            Err(RotateError::Entropy(error)) => Err(Error::Entropy(error)),
            Err(error) => Err(Error::unknown(error)),
        }
    }
}

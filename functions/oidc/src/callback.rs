//! GET /login/oidc/callback: a browser comes back from the provider, and a session begins.

use dynamodb_session::{
    abandon::abandon,
    audit::{Event, Kind},
    create::{CreateError, Former, create},
    entropy::Entropy,
    provider::{self, Flow, FlowKey, Identity, Proof, ProviderStore},
    reply::{self, Response},
    session::Origin,
    store::SessionStore,
    throttle::Throttle,
    time::UnixSeconds,
    transport::Presented,
};
use openid::{
    callback::{self, Answer, Callback},
    claims, email,
    exchange::Exchange,
    flow::{Secret, State},
    id_token::{self, Expected, IdToken},
    metadata::Metadata,
    proved::{self, Asked},
    userinfo,
};

use crate::{
    Call, Oidc,
    failure::{Failure, Misset, Unfit},
    fetch::Fetch,
    flow_cookie, page,
    start::{Wish, opens_nothing},
};

/// A login that came back to the browser that began it.
struct Returned {
    state: State,
    secret: Secret,
    flow: Flow,
    metadata: Metadata,
}

/// Who logged in, and when they proved it.
struct Known {
    identity: Identity,
    proof: Proof,
}

impl<S: SessionStore + ProviderStore + Throttle, E: Entropy, F: Fetch> Oidc<S, E, F> {
    /// Answers what the provider sends a browser back with.
    pub(crate) async fn callback(
        &self,
        call: &Call<'_>,
        now: UnixSeconds,
    ) -> Result<Response, Failure> {
        let incoming = &call.incoming;
        if let Some(refusal) = opens_nothing(incoming.request) {
            return Ok(refusal);
        }
        if let Some(seconds) = self.config.policy.closed_for(now) {
            return Ok(reply::closed(seconds));
        }
        let query = incoming.request.uri().query().unwrap_or_default();
        let Ok(callback) = Callback::parse(query) else {
            return Err(Failure::Rejected.because(&Unfit::Callback));
        };
        let returned = self.returned(call, callback.state.as_ref(), now).await?;
        if !callback.is_of(&returned.metadata) {
            return Err(Failure::Rejected.because(&Unfit::Issuer));
        }
        let code = match callback.answer {
            Answer::Code(code) => code,
            Answer::Failed(failure) => return Err(told(failure)),
        };
        let redirect_uri = self.redirect_uri(call)?;
        let known = self.known(&returned, &code, &redirect_uri, now);
        let known = call.within(known).await?;
        self.log_in(call, returned, known, now).await
    }

    /// The login that this browser began, taken: of any number of callbacks one goes on. Before that nothing of what the
    /// callback says has any effect.
    async fn returned(
        &self,
        call: &Call<'_>,
        state: Option<&State>,
        now: UnixSeconds,
    ) -> Result<Returned, Failure> {
        let expired = || Failure::Expired.logged();
        let state = state.ok_or_else(expired)?.clone();
        let cookie = flow_cookie::settings(&self.config.transport.cookie);
        let secret = match call.incoming.in_cookie(&cookie) {
            Presented::Token(text) => Secret::parse(text),
            Presented::Nothing | Presented::Ambiguous | Presented::Oversized => None,
        };
        let secret = secret.ok_or_else(expired)?;
        let key = FlowKey::of_state(state.as_str());
        let flow = self
            .store
            .flow(&key, now)
            .await
            .map_err(|error| Failure::of_store(&error))?;
        let flow = flow
            .filter(|flow| is_same(&flow.cookie, &secret.hash()))
            .ok_or_else(expired)?;
        let metadata = call.within(self.source.metadata(now)).await?;
        if !self
            .store
            .take_flow(&key)
            .await
            .map_err(|error| Failure::of_store(&error))?
        {
            return Err(expired());
        }
        Ok(Returned {
            state,
            secret,
            flow,
            metadata,
        })
    }

    /// Exchanges the code, and reads who logged in.
    async fn known(
        &self,
        returned: &Returned,
        code: &str,
        redirect_uri: &str,
        now: UnixSeconds,
    ) -> Result<Known, Failure> {
        let Returned {
            state,
            secret,
            flow,
            metadata,
        } = returned;
        let client_secret = self.client_secret.get(now).await;
        let client_secret = client_secret.map_err(|error| Failure::of_provider(&error))?;
        let exchange = Exchange {
            code,
            verifier: &secret.verifier(state),
            redirect_uri,
            client_id: &self.provider.client_id,
            secret: client_secret.as_deref(),
        };
        let request = exchange
            .request(metadata)
            .map_err(|_| Failure::of_provider(&Misset::Authentication))?;
        let tokens = match self.source.tokens(metadata, request).await {
            Ok(tokens) => tokens,
            Err(fault) => {
                if fault.is_of_client() {
                    self.client_secret.forget().await;
                }
                return Err(fault.log());
            }
        };
        let expected = Expected {
            issuer: &self.provider.issuer,
            client_id: &self.provider.client_id,
            nonce: &secret.nonce(state),
            access_token: tokens.access_token.as_deref(),
            now,
        };
        let verify = |keys: &_| id_token::verify(&tokens.id_token, keys, &expected);
        let verified = self.source.verified(metadata, now, verify).await?;
        let mut id = verified.map_err(|rejected| Failure::Rejected.because(&rejected))?;
        self.ask_more(metadata, &mut id, tokens.access_token.as_deref())
            .await?;
        let domains = &self.provider.email_domains;
        if !domains.is_empty() && !email::is_of(&id.claims, domains) {
            return Err(Failure::Email.logged());
        }
        let asked = Asked {
            started: flow.started,
            prompted: flow.prompted,
            trust_prompt: self.provider.trust_prompt,
        };
        let authenticated = proved::proved(id.auth_time, asked);
        if flow.recent && !proved::is_of_login(authenticated, flow.started) {
            return Err(Failure::Again.logged());
        }
        Ok(Known {
            identity: Identity {
                issuer: self.provider.issuer.clone(),
                claims: self.kept_claims(&id)?,
                subject: id.subject,
                sid: id.sid,
            },
            proof: Proof {
                authenticated,
                issued: id.issued,
            },
        })
    }

    /// Adds what the userinfo endpoint tells, where a claim that is needed is not in the id token.
    async fn ask_more(
        &self,
        metadata: &Metadata,
        id: &mut IdToken,
        access_token: Option<&str>,
    ) -> Result<(), Failure> {
        let chosen = self.provider.claims.iter().map(String::as_str);
        let of_email = ["email", "email_verified"].into_iter();
        let of_email = of_email.filter(|_| !self.provider.email_domains.is_empty());
        if !claims::is_missing(&id.claims, chosen.chain(of_email)) {
            return Ok(());
        }
        let (Some(url), Some(access_token)) = (&metadata.userinfo_endpoint, access_token) else {
            return Ok(());
        };
        let body = self
            .source
            .userinfo(url, access_token)
            .await
            .map_err(|fault| fault.log())?;
        let more = userinfo::parse(&body, &id.subject);
        let more = more.map_err(|_| Failure::Rejected.because(&Unfit::Userinfo))?;
        userinfo::add(&mut id.claims, more);
        Ok(())
    }

    /// The chosen claims that are there, as a JSON object.
    fn kept_claims(&self, id: &IdToken) -> Result<Option<String>, Failure> {
        if self.provider.claims.is_empty() {
            return Ok(None);
        }
        let chosen = claims::chosen(&id.claims, &self.provider.claims);
        let chosen = chosen.ok_or_else(|| Failure::Rejected.because(&Unfit::Claims))?;
        Ok(Some(chosen))
    }

    /// Begins the session. If all of the user's sessions ended since they proved who they are, they have to prove it anew,
    /// once.
    async fn log_in(
        &self,
        call: &Call<'_>,
        returned: Returned,
        known: Known,
        now: UnixSeconds,
    ) -> Result<Response, Failure> {
        let Returned { flow, metadata, .. } = returned;
        let (timeouts, remembered) = self.config.lifetimes.of_login(flow.remember);
        let mut login = provider::login(known.identity, known.proof);
        let at = Some(flow.started);
        let presented = flow.presented.clone();
        login.presented = presented.map(|former| Former { at, ..former });
        (login.timeouts, login.remembered) = (timeouts, remembered);
        login.cap = self.config.logins.max_per_user;
        let identity = login.origin.identity.take();
        login.origin = Origin {
            identity,
            ..call.incoming.origin()
        };
        let created = create(&self.store, &self.entropy, &self.config.policy, &login, now).await;
        let created = match created {
            Ok(Some(created)) => created,
            Ok(None) => return Err(Failure::Rejected.logged()),
            Err(CreateError::Outlived | CreateError::LoggedOut) if !flow.prompted => {
                let wish = Wish {
                    presented: flow.presented,
                    return_to: flow.return_to,
                    remember: flow.remember,
                    recent: flow.recent,
                    prompt: true,
                };
                return self.send(call, &metadata, wish, now).await;
            }
            Err(CreateError::Outlived | CreateError::LoggedOut) => return Err(Failure::Again),
            Err(CreateError::Barred) => return Err(Failure::Barred),
            Err(CreateError::Closed(seconds)) => return Ok(reply::closed(seconds)),
            Err(CreateError::Store(error)) => return Err(Failure::of_store(&error)),
            Err(error) => return Err(Failure::of_fault(Kind::Entropy, &error)),
        };
        let (user, session) = (&login.user, &created.session);
        Event::Login {
            user,
            session: &session.reference,
        }
        .log();
        self.end_replaced(call, flow.presented.as_ref()).await;
        let mut response = page::goes_on(&flow.return_to.unwrap_or_else(|| call.beside("/")));
        let carried = &call.incoming.carried;
        reply::hand_out(
            &mut response,
            carried,
            &self.config,
            &created.token,
            session,
            now,
        );
        // Nobody reads the headers of a page that a browser goes to.
        let header = self.config.transport.handed_out_in();
        response.headers_mut().remove(header);
        Ok(response)
    }

    /// Ends the session whose cookie the new one replaces, where the browser presents one by now: another tab was faster,
    /// or the provider asked nobody. The new session is there all the same.
    async fn end_replaced(&self, call: &Call<'_>, presented: Option<&Former>) {
        let Some(former) = Former::of(&call.incoming.claim) else {
            return;
        };
        if presented.is_some_and(|presented| presented.key == former.key) {
            return;
        }
        if let Err(error) = abandon(&self.store, &former.key).await {
            let _: Failure = Failure::of_store(&error);
        }
    }
}

/// What the browser is told of what the provider told. It is logged.
fn told(failure: callback::Failure) -> Failure {
    match failure {
        callback::Failure::Denied => Failure::Denied.logged(),
        callback::Failure::LoginRequired => Failure::LoginRequired.logged(),
        callback::Failure::Unavailable => Failure::Provider.logged(),
        callback::Failure::Other => Failure::Rejected.because(&Unfit::Error),
    }
}

/// Whether two hashes are the same, in a time that does not tell where they differ.
fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let pairs = one.iter().zip(other);
    pairs.fold(0, |differing, (one, other)| differing | (one ^ other)) == 0
}

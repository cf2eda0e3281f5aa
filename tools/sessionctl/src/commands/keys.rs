//! What an operator does with the signing keys: one step of a replacement at a time, on a list or on a secret.

mod lifetime;

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

use dynamodb_session::{
    aws::secrets_manager::{Secret, SecretError, Stage, Version},
    entropy::SystemEntropy,
    secret::{KEPT_SECONDS, SecretArn},
    signing_keys::{
        list::KeyList,
        step::{Step, TooEarly},
    },
    time::UnixSeconds,
};

use crate::{
    arguments::{Arguments, Rotate},
    failure::{Failure, UNCHANGED, explain_secret},
    signals::unless_ended,
    target,
};

/// More than the longest list has: four keys of a thousand characters.
const MOST_BYTES: u64 = 4096;

/// A list of one new key.
pub(crate) fn generate() -> Result<String, Failure> {
    Ok(new()?.expose())
}

/// Takes one step. The new list goes into the secret, or else back.
pub(crate) async fn rotate(
    rotate: &Rotate,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let step = rotate.step.into();
    let Some(arn) = &rotate.secret else {
        let list = unless_ended(|| read(&mut io::stdin())).await?;
        let list = after(step, list, "the list on standard input")?;
        // If standard error is closed, the list is printed all the same.
        let _: io::Result<()> = writeln!(
            io::stderr(),
            "sessionctl: deploy it; {}",
            next(step, rotate.longest_session)
        );
        return Ok(list.expose());
    };
    let region = Some(arn.region().to_owned());
    let named = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
    let aws = target::settings(arguments, environment, named, region).await?;
    let secret = Secret::new(&aws, arn.clone());
    let current = version(&secret, Stage::Current).await?;
    let Some(current) = current else {
        return Err(Failure::Input(format!(
            "there is no secret {}, or nothing is stored in it: store the output of `sessionctl keys generate`",
            arn.as_str()
        )));
    };
    let place = format!("secret {}", arn.as_str());
    let list = KeyList::parse(&current.text).map_err(|problem| refused(&place, &problem))?;
    if let Some(previous) = version(&secret, Stage::Previous).await?
        && let Ok(previous) = KeyList::parse(&previous.text)
    {
        in_turn(step, list.step_since(&previous)).map_err(|problem| refused(&place, &problem))?;
    }
    let list = after(step, list, &place)?;
    let mut longest = rotate.longest_session;
    // A step that does not wait does not depend on the tags.
    if !rotate.now {
        let tags = secret.tags().await.map_err(unchanged)?;
        longest = lifetime::longest(&tags, longest).map_err(|problem| refused(&place, &problem))?;
        let now = UnixSeconds::from_system_clock();
        step.require_waited(current.created, longest, now)
            .map_err(|why| refused(&place, &early(step, why)))?;
        record(&secret, &tags, longest).await?;
    }
    secret
        .write(&list.expose())
        .await
        .map_err(|error| Failure::Fault(explain_secret(&error)))?;
    Ok(report(arn, step, longest))
}

/// Records the longest lifetime for the steps to come, if it is known.
async fn record(
    secret: &Secret,
    tags: &BTreeMap<String, String>,
    longest: Option<u64>,
) -> Result<(), Failure> {
    let longest = longest.map(|longest| longest.to_string());
    match longest {
        Some(longest) if tags.get(lifetime::TAG) != Some(&longest) => {
            let recorded = secret.tag(lifetime::TAG, &longest).await;
            recorded.map_err(unchanged)
        }
        _ => Ok(()),
    }
}

fn new() -> Result<KeyList, Failure> {
    KeyList::generate(&SystemEntropy).map_err(|error| Failure::Fault(error.to_string()))
}

fn after(step: Step, list: KeyList, place: &str) -> Result<KeyList, Failure> {
    let after = list.after(step, new()?);
    after.map_err(|problem| refused(place, &problem))
}

fn refused(place: &str, problem: &str) -> Failure {
    Failure::Input(format!("{place}: {problem}; {UNCHANGED}"))
}

/// The list on standard input.
fn read(input: &mut impl Read) -> Result<KeyList, Failure> {
    let mut text = String::new();
    let read = input.take(MOST_BYTES).read_to_string(&mut text);
    read.map_err(|error| {
        Failure::Input(format!("can't read standard input: {error}; {UNCHANGED}"))
    })?;
    KeyList::parse(&text).map_err(|problem| refused("the list on standard input", &problem))
}

async fn version(secret: &Secret, stage: Stage) -> Result<Option<Version>, Failure> {
    secret.read(stage).await.map_err(unchanged)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what map_err passes on"
)]
fn unchanged(error: SecretError) -> Failure {
    Failure::Fault(format!("{}; {UNCHANGED}", explain_secret(&error)))
}

/// Whether `step` may follow the step that made the secret's current version, if one did.
fn in_turn(step: Step, last: Option<Step>) -> Result<(), String> {
    match last.map(Step::next) {
        Some(due) if due != step => Err(format!("the step that comes next is {}", due.as_str())),
        _ => Ok(()),
    }
}

/// Why `step` is refused, and how it may be taken.
fn early(step: Step, early: TooEarly) -> String {
    let wait = match early {
        TooEarly::UnknownLifetime => return lifetime::UNKNOWN.to_owned(),
        TooEarly::Wait(seconds) => seconds,
    };
    let why = match step {
        Step::Drop => "until then there are sessions that it would end",
        _ => "until then there are processes that would refuse the new key",
    };
    format!(
        "it is too early to {}: wait {wait} s, {why} (--now does it all the same)",
        step.as_str()
    )
}

fn report(arn: &SecretArn, step: Step, longest: Option<u64>) -> String {
    format!("stored in secret {}; {}", arn.as_str(), next(step, longest))
}

/// What holds after `step`, and what to do then.
fn next(step: Step, longest: Option<u64>) -> String {
    match step {
        Step::Accept => format!(
            "the new key is accepted and does not sign yet. Next: `keys rotate sign`, when every process has it \
             ({KEPT_SECONDS} s, if no keys_fault was logged)"
        ),
        Step::Sign => format!(
            "the new key signs, the old one is accepted. Next: `keys rotate drop`, when the last session of the old \
             key has ended ({KEPT_SECONDS} s and the longest lifetime of a session, {})",
            longest.map_or_else(
                || "which --longest-session must tell".to_owned(),
                |longest| format!("{longest} s")
            )
        ),
        Step::Drop => format!(
            "the new key alone is accepted, everywhere after {KEPT_SECONDS} s. The replacement is done"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_a_step_says_what_to_do() {
        #[rustfmt::skip]
        let cases = [
            (Step::Sign, TooEarly::Wait(1),           "too early to sign: wait 1 s, until then there are processes"),
            (Step::Drop, TooEarly::Wait(43_200),      "too early to drop: wait 43200 s, until then there are sessions"),
            (Step::Drop, TooEarly::UnknownLifetime,   "tell --longest-session SECONDS"),
        ];
        for (step, why, part) in cases {
            let refusal = early(step, why);
            assert!(refusal.contains(part), "{refusal}");
        }
    }

    #[test]
    fn steps_are_taken_in_turn() {
        const STEPS: [Step; 3] = [Step::Accept, Step::Sign, Step::Drop];
        for (nth, last) in STEPS.into_iter().enumerate() {
            for (other, step) in STEPS.into_iter().enumerate() {
                let next = other == (nth + 1) % 3;
                assert_eq!(in_turn(step, Some(last)).is_ok(), next, "{last:?} {step:?}");
            }
            assert_eq!(in_turn(last, None), Ok(()));
        }
    }
}

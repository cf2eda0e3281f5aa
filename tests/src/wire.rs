//! The wire between a client and its engine: what goes over it is seen, and can be lost.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
        },
    },
    error::BoxError,
};

/// Watches a client's requests, and has some of them fail.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    /// What happens to the next requests.
    failures: VecDeque<Failure>,
    /// What happens to the one under way.
    failure: Option<Failure>,
}

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The operation, such as `UpdateItem`.
    pub operation: String,
    /// The body, JSON.
    pub body: String,
}

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// None: this one is spared.
    Spared,
    /// The engine does what is asked; the client sees a 500.
    AnswerLost,
    /// A transaction is cancelled over another one on its first item; the engine is not asked.
    Conflict,
}

impl Wire {
    /// The client, watched.
    #[must_use]
    pub fn watch(&self, client: &Client) -> Client {
        let config = client.config().to_builder();
        Client::from_conf(config.interceptor(self.clone()).build())
    }

    /// Has the next requests fail in these ways, one after the other.
    pub fn fail_next(&self, failures: impl IntoIterator<Item = Failure>) {
        self.state().failures.extend(failures);
    }

    /// The requests so far, tries counted singly; they are forgotten.
    #[must_use]
    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.state().requests)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Wire {
    fn name(&self) -> &'static str {
        "Wire"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let mut state = self.state();
        state.requests.push(Request {
            operation: operation.to_owned(),
            body: body.into_owned(),
        });
        state.failure = state.failures.pop_front();
        if state.failure == Some(Failure::Conflict) {
            // An operation that changes nothing; its answer is thrown away.
            let headers = request.headers_mut();
            headers.insert("x-amz-target", "DynamoDB_20120810.ListTables");
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        match self.state().failure.take() {
            None | Some(Failure::Spared) => {}
            Some(Failure::AnswerLost) => *response.status_mut() = 500.try_into()?,
            Some(Failure::Conflict) => {
                *response.status_mut() = 400.try_into()?;
                *response.body_mut() = r#"{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                        "Message": "Transaction cancelled", "CancellationReasons": [
                        {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]}"#
                    .into();
            }
        }
        Ok(())
    }
}

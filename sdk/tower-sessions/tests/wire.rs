//! What the client asks the engine, and answers that get lost on their way.

use std::{
    mem,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
        },
    },
    error::BoxError,
};
use serde_json::Value;

/// What comes in the place of an answer that is lost: the client tries again.
const FAULT: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#;

/// The wire between a client and an engine. Its clones are the same wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    to_lose: u32,
}

/// An attempt of a request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: String,
    pub(crate) body: Value,
}

impl Wire {
    /// What was asked since the last look.
    pub(crate) fn take(&self) -> Vec<Request> {
        mem::take(&mut self.0.lock().unwrap().requests)
    }

    /// Loses so many answers, from the next one on, after what they answer is done.
    pub(crate) fn lose(&self, answers: u32) {
        self.0.lock().unwrap().to_lose = answers;
    }
}

impl Intercept for Wire {
    fn name(&self) -> &'static str {
        "Wire"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
        let mut state = self.0.lock().unwrap();
        state.requests.push(Request { operation, body });
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.0.lock().unwrap();
        if state.to_lose > 0 {
            state.to_lose -= 1;
            let response = context.response_mut();
            *response.status_mut() = 500.try_into()?;
            response.headers_mut().remove("x-amz-crc32");
            *response.body_mut() = FAULT.into();
        }
        Ok(())
    }
}

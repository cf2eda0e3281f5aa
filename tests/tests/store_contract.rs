//! The store contract: one suite, on memory, on the embedded engine and on any engine that `DYNAMODB_ENDPOINT` names;
//! then what only a store in `DynamoDB` can get wrong.

mod batch;
mod commit;
mod damaged;
mod damaged_user;
mod data;
mod faults;
mod names;
mod provider;
mod requests;
mod rotation;
mod sample;
mod size;
mod throttle;
mod touch;
mod tries;
mod user_edits;

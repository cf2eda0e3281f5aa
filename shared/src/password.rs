//! Users who prove who they are with a password.

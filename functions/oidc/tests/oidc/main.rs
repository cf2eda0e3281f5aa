//! What a login at the provider answers.

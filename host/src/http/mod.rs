//! HTTP: carries WS-Man messages between clients and the [`Service`](crate::wsman::Service), and knows who they are.

pub mod auth;
mod handler;
pub mod secret;
pub mod server;
pub mod throttle;
pub mod tls;
mod work;

#[cfg(test)]
mod tests;

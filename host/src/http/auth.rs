//! Who is asking: authentication schemes of HTTP.

use super::secret::{self, Secret};
use crate::operation::Principal;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is known of a connection.
#[derive(Debug)]
pub struct Connection {
    /// The client's address.
    pub peer: SocketAddr,
    /// Our address.
    pub local: SocketAddr,
    /// Whether TLS protects it.
    pub tls: bool,
    authenticated: AtomicBool,
}

impl Connection {
    /// A connection whose client is not known yet.
    pub fn new(peer: SocketAddr, local: SocketAddr, tls: bool) -> Self {
        Self { peer, local, tls, authenticated: AtomicBool::new(false) }
    }

    /// Whether nobody between the two ends can listen: TLS, or both ends are this machine.
    pub fn is_private(&self) -> bool {
        let loopback = |address: SocketAddr| address.ip().to_canonical().is_loopback();
        self.tls || (loopback(self.peer) && loopback(self.local))
    }

    /// Whether a request on it was authenticated.
    pub fn is_authenticated(&self) -> bool {
        self.authenticated.load(Ordering::Relaxed)
    }

    /// Notes that a request on it was authenticated.
    pub fn set_authenticated(&self) {
        self.authenticated.store(true, Ordering::Relaxed);
    }
}

/// What came of a client's credentials.
#[derive(Debug)]
pub enum Verdict {
    /// They are right.
    Accepted(Principal),
    /// They are one step of several; the text is the `WWW-Authenticate` line for the next.
    Continue(String),
    /// They are wrong or malformed. The user name, where one could be read, for the log.
    Refused(Option<String>),
}

/// One authentication scheme. Must answer without blocking.
pub trait Authenticator: Send + Sync + 'static {
    /// The scheme's name in headers.
    fn scheme(&self) -> &'static str;

    /// The `WWW-Authenticate` line that offers the scheme; `None` where this connection is not good enough for it.
    fn challenge(&self, connection: &Connection) -> Option<String>;

    /// Judges what follows the scheme's name in an `Authorization` header. Only called where the scheme is offered.
    fn authenticate(&self, connection: &Connection, credentials: &str) -> Verdict;
}

/// HTTP Basic (RFC 7617) with a list of users. Offered only where nobody can listen.
#[derive(Debug)]
pub struct Basic {
    users: Vec<(String, Secret)>,
}

impl Basic {
    /// Users with their passwords.
    pub fn new(users: Vec<(String, Secret)>) -> Self {
        Self { users }
    }
}

impl Authenticator for Basic {
    fn scheme(&self) -> &'static str {
        "Basic"
    }

    fn challenge(&self, connection: &Connection) -> Option<String> {
        connection.is_private().then(|| "Basic realm=\"WSMAN\"".to_owned())
    }

    fn authenticate(&self, _: &Connection, credentials: &str) -> Verdict {
        let Ok(decoded) = BASE64_STANDARD.decode(credentials) else { return Verdict::Refused(None) };
        let Ok(decoded) = std::str::from_utf8(&decoded) else { return Verdict::Refused(None) };
        let Some((user, password)) = decoded.split_once(':') else { return Verdict::Refused(None) };
        // Every user is looked at, so that the time does not tell which names exist.
        let known = self.users.iter().fold(false, |known, (name, secret)| {
            let right = secret::is(secret, password.as_bytes());
            known | (right & (name == user))
        });
        if known {
            return Verdict::Accepted(Principal::authenticated(user));
        }
        Verdict::Refused(Some(user.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(peer: &str, local: &str, tls: bool) -> Connection {
        Connection::new(peer.parse().unwrap(), local.parse().unwrap(), tls)
    }

    #[test]
    fn basic_is_offered_only_where_nobody_can_listen() {
        let basic = Basic::new(Vec::new());
        for (peer, local, tls, offered) in [
            ("127.0.0.1:1", "127.0.0.1:5985", false, true),
            ("[::1]:1", "[::1]:5985", false, true),
            ("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:5985", false, true),
            ("192.0.2.7:1", "192.0.2.1:5985", false, false),
            ("127.0.0.1:1", "192.0.2.1:5985", false, false),
            ("192.0.2.7:1", "192.0.2.1:5986", true, true),
        ] {
            assert_eq!(basic.challenge(&connection(peer, local, tls)).is_some(), offered, "{peer} {local} {tls}");
        }
    }

    #[test]
    fn only_the_right_pair_is_accepted() {
        let users = [("ada", "a:b"), ("eve", "c")].map(|(user, password)| (user.to_owned(), Secret::new(password)));
        let basic = Basic::new(users.into());
        let connection = connection("127.0.0.1:1", "127.0.0.1:2", false);
        let verdict = |text: &str| basic.authenticate(&connection, &BASE64_STANDARD.encode(text));
        assert!(matches!(verdict("ada:a:b"), Verdict::Accepted(who) if who.name() == "ada"));
        assert!(matches!(verdict("ada:c"), Verdict::Refused(Some(user)) if user == "ada"));
        assert!(matches!(verdict("eve"), Verdict::Refused(None)));
        assert!(matches!(basic.authenticate(&connection, "%%%"), Verdict::Refused(None)));
    }
}

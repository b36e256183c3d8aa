//! Self-signed certificates for a first start.

use omi::{Error, Result};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A certificate and its key, both as PEM.
pub(super) struct Made {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Some clients refuse certificates that are valid for longer.
const VALIDITY: Duration = Duration::from_secs(397 * 86_400);
/// The line before the certificate that marks it as ours and says when it expires; PEM readers skip such lines.
const NOTE: &str = "Self-signed by the server, which makes a new one after second ";

/// Makes a certificate for this machine, valid from now.
pub(super) fn make(now: SystemTime) -> Result<Made> {
    let failed = |error: rcgen::Error| Error::failed(format!("making a certificate: {error}"));
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).filter(|name| !name.is_empty());
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    names.extend(host.clone());
    names.dedup();
    let mut params = CertificateParams::new(names).map_err(failed)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, host.unwrap_or_else(|| "localhost".to_owned()));
    params.distinguished_name = subject;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let expires = since_epoch + VALIDITY;
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    // A day earlier, for clients whose clocks are behind.
    params.not_before = epoch + since_epoch.saturating_sub(Duration::from_secs(86_400));
    params.not_after = epoch + expires;
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok(Made { certificate: format!("{NOTE}{}\n{}", expires.as_secs(), certificate.pem()), key: key.serialize_pem() })
}

/// Whether a certificate file is one of ours and its time is over.
pub(super) fn is_expired(text: &str, now: SystemTime) -> bool {
    let expires = text.lines().find_map(|line| line.strip_prefix(NOTE)?.trim().parse().ok());
    expires.is_some_and(|seconds| UNIX_EPOCH + Duration::from_secs(seconds) <= now)
}

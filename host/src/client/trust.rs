//! Which servers a client believes to be who they say.

use omi::client::Trust;
use omi::{Error, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where Debian, Fedora, SUSE and Alpine keep the certificate authorities that they trust.
const AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The TLS settings.
pub(super) fn config(trust: &Trust) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::failed(format!("TLS cannot be used: {error}")))?;
    let config = match trust {
        Trust::System => builder.with_root_certificates(roots(&system_authorities())?),
        Trust::Authority(path) => builder.with_root_certificates(roots(path)?),
        Trust::Anything => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anything(provider))),
    };
    Ok(Arc::new(config.with_no_client_auth()))
}

/// The file with the certificate authorities that this computer trusts.
fn system_authorities() -> PathBuf {
    let places = AUTHORITIES.iter().map(PathBuf::from);
    let found = env::var_os("SSL_CERT_FILE").map(PathBuf::from).into_iter().chain(places).find(|path| path.exists());
    found.unwrap_or_else(|| PathBuf::from(AUTHORITIES[0]))
}

fn roots(path: &Path) -> Result<RootCertStore> {
    let unusable = |error: &dyn std::fmt::Display| {
        Error::invalid_parameter(format!("{} cannot be used as a certificate file: {error}", path.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
        roots.add(certificate.map_err(|error| unusable(&error))?).map_err(|error| unusable(&error))?;
    }
    if roots.is_empty() {
        return Err(unusable(&"it has no certificate"));
    }
    Ok(roots)
}

/// Accepts every certificate, but still checks that the server has its key.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

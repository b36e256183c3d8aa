//! The string `#define`s of the header.

use core::ffi::CStr;

// Query languages.
pub const MI_QUERY_DIALECT_WQL: &CStr = c"WQL";
pub const MI_QUERY_DIALECT_CQL: &CStr = c"CQL";
pub const MI_QUERY_DIALECT_SELECTOR: &CStr = c"selectorFilter";

// Origins of a result code, for `MI_ContextFT::PostError` and `WriteError`.
pub const MI_RESULT_TYPE_MI: &CStr = c"MI";
pub const MI_RESULT_TYPE_HRESULT: &CStr = c"HRESULT";
pub const MI_RESULT_TYPE_WIN32: &CStr = c"WIN32";
pub const MI_RESULT_TYPE_ERRNO: &CStr = c"ERRNO";
pub const MI_RESULT_TYPE_WINRM: &CStr = c"WINRM";

// Authentication types of `MI_UserCredentials`.
pub const MI_AUTH_TYPE_DEFAULT: &CStr = c"Default";
pub const MI_AUTH_TYPE_NONE: &CStr = c"None";
pub const MI_AUTH_TYPE_DIGEST: &CStr = c"Digest";
pub const MI_AUTH_TYPE_NEGO_WITH_CREDS: &CStr = c"NegoWithCreds";
pub const MI_AUTH_TYPE_NEGO_NO_CREDS: &CStr = c"NegoNoCreds";
pub const MI_AUTH_TYPE_BASIC: &CStr = c"Basic";
pub const MI_AUTH_TYPE_KERBEROS: &CStr = c"Kerberos";
pub const MI_AUTH_TYPE_CLIENT_CERTS: &CStr = c"ClientCerts";
pub const MI_AUTH_TYPE_NTLM: &CStr = c"Ntlmdomain";
/// The header defines it on Windows only.
pub const MI_AUTH_TYPE_CREDSSP: &CStr = c"CredSSP";
pub const MI_AUTH_TYPE_ISSUER_CERT: &CStr = c"IssuerCert";

// Values of options of a session.
pub const MI_DESTINATIONOPTIONS_PACKET_ENCODING_DEFAULT: &CStr = c"default";
pub const MI_DESTINATIONOPTIONS_PACKET_ENCODING_UTF8: &CStr = c"UTF8";
pub const MI_DESTINATIONOPTIONS_PACKET_ENCODING_UTF16: &CStr = c"UTF16";
pub const MI_DESTINATIONOPTIONS_TRANSPORT_HTTP: &CStr = c"HTTP";
pub const MI_DESTINATIONOPTIONS_TRANSPORT_HTTPS: &CStr = c"HTTPS";
pub const MI_DESTINATIONOPTIONS_PROXY_TYPE_IE: &CStr = c"IE";
pub const MI_DESTINATIONOPTIONS_PROXY_TYPE_WINHTTP: &CStr = c"WinHTTP";
pub const MI_DESTINATIONOPTIONS_PROXY_TYPE_AUTO: &CStr = c"Auto";
pub const MI_DESTINATIONOPTIONS_PROXY_TYPE_NONE: &CStr = c"None";

// Bookmarks with a meaning of their own. The header writes them as wide strings, which do not fit its own `MI_Char`
// on Linux.
pub const MI_SUBSCRIBE_BOOKMARK_OLDEST: &CStr = c"MI_SUBSCRIBE_BOOKMARK_OLDEST";
pub const MI_SUBSCRIBE_BOOKMARK_NEWEST: &CStr = c"MI_SUBSCRIBE_BOOKMARK_NEWEST";

//! Fetches a file from a server, by curl: it knows the proxies and the certificates of the machine.

use super::tool::Tool;
use super::{Error, Result, Root, Stop};
use std::time::Duration;

/// A large file on a slow line takes its time; one of which nothing comes for a minute is given up before.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);
const SETTINGS: &str = "/etc/opt/omi/conf/dsc/dsc.conf";

/// How curl is told: a status of 400 and above is an error, redirections stay with protocols that protect as much, and no
/// configuration file of a user counts.
const ARGUMENTS: &[&str] = &[
    "--disable",
    "--fail",
    "--silent",
    "--show-error",
    "--location",
    "--max-redirs",
    "5",
    "--connect-timeout",
    "30",
    "--speed-limit",
    "1",
    "--speed-time",
    "60",
];

/// What to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    url: String,
    /// In lower case.
    sha256: Option<String>,
}

impl Source {
    /// Whether the text is a URL at all, and not a path.
    pub fn is_url(text: &str) -> bool {
        text.contains("://")
    }

    /// `https://...` or `http://...`, where who asks answers for it that nobody on the way changes the file.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with what it should be.
    pub(crate) fn unchecked(text: &str) -> Result<Self> {
        let (source, scheme) = Self::split(text)?;
        match scheme.as_str() {
            "https" | "http" => Ok(source),
            _ => Err(refused(text, "https://... or http://...")),
        }
    }

    /// `https://...`, or any of `http://` and `ftp://` with the sum that the file must have, `#sha256=...`, as then nobody on
    /// the way can put another one in its place.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with what it should be.
    pub fn parse(text: &str) -> Result<Self> {
        let (source, scheme) = Self::split(text)?;
        match scheme.as_str() {
            "https" => {}
            "http" | "ftp" if source.sha256.is_some() => {}
            "http" | "ftp" => {
                return Err(refused(
                    text,
                    "https://..., or have the sum of the file behind it, #sha256=..., for nothing else \
                     tells whether it is the right one",
                ));
            }
            _ => return Err(refused(text, "https://..., http://... or ftp://...")),
        }
        Ok(source)
    }

    /// The source, and its scheme in lower case.
    fn split(text: &str) -> Result<(Self, String)> {
        let refuse = |right: &str| refused(text, right);
        let (url, fragment) = text.split_once('#').map_or((text, None), |(url, rest)| (url, Some(rest)));
        if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(refuse("a URL without blanks"));
        }
        let sum = fragment.map(|fragment| fragment.strip_prefix("sha256=").unwrap_or_default().to_ascii_lowercase());
        if sum.as_ref().is_some_and(|sum| sum.len() != 64 || !sum.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return Err(refuse("a URL with nothing behind # but sha256= and 64 hexadecimal digits"));
        }
        let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
        Ok((Self { url: url.to_owned(), sha256: sum }, scheme))
    }

    /// Without the sum, and without a password.
    pub fn shown(&self) -> String {
        without_user(&self.url)
    }

    /// Fetches it into a file at the full path `to`, in a directory that nobody else may write to, and checks its sum.
    ///
    /// # Errors
    /// [`Error::Tool`] with what curl says, [`Error::Failed`] when it is another file than it should be, and
    /// [`Error::Unsupported`] when curl is not installed.
    pub fn fetch(&self, root: &Root, to: &str, stop: &Stop) -> Result<()> {
        let tool = self.curl(root)?.args(["--output", to]);
        tool.run(&mut |_| (), stop)?.success()?;
        let Some(wanted) = &self.sha256 else { return Ok(()) };
        let output = Tool::new(root, "sha256sum")?.args(["--", to]).limit(LIMIT).output()?;
        let sum = output.trim_start_matches('\\').split(' ').next().unwrap_or_default();
        if sum != wanted {
            let what = format!("what {} gives has the SHA-256 sum {sum} instead of {wanted}", self.shown());
            return Err(Error::Failed { what });
        }
        Ok(())
    }

    /// What the server says in Last-Modified about when it has changed, if it says that.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub(crate) fn last_modified(&self, root: &Root, stop: &Stop) -> Result<Option<String>> {
        let mut found = None;
        let mut line = |line: &str| {
            // Each redirection has headers of its own; the last ones count.
            if line.starts_with("HTTP/") {
                found = None;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("Last-Modified")
            {
                found = Some(value.trim().to_owned());
            }
        };
        self.curl(root)?.args(["--head"]).run(&mut line, stop)?.success()?;
        Ok(found)
    }

    fn curl(&self, root: &Root) -> Result<Tool> {
        let redirections =
            if self.url.to_ascii_lowercase().starts_with("https") { "=https" } else { "=http,https,ftp" };
        // The URL may hold a password: the list of processes shows arguments, but not what is read.
        let mut config = format!("url = {}\n", quoted(&self.url));
        if let Some(proxy) = proxy(root)? {
            config.push_str(&format!("proxy = {}\n", quoted(&proxy)));
        }
        let tool = Tool::new(root, "curl")?.args(ARGUMENTS).args(["--proto-redir", redirections, "--config", "-"]);
        Ok(tool.input(config).limit(LIMIT))
    }
}

/// The proxy that the administrator of DSC for Linux has named; curl knows that of the environment by itself.
fn proxy(root: &Root) -> Result<Option<String>> {
    let text = root.read_text_if_present(SETTINGS)?.unwrap_or_default();
    let mut found = text.lines().filter_map(|line| line.trim().strip_prefix("PROXY")?.trim_start().strip_prefix('='));
    Ok(found.next_back().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
}

/// A value in curl's configuration, which ends at no line end within it.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
    format!("\"{text}\"")
}

fn refused(text: &str, right: &str) -> Error {
    Error::InvalidInput { what: format!("{:?} should be {right}", without_user(text)) }
}

/// The URL without the name and password of a user.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::skipped;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    const SUM: &str = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";

    #[test]
    fn an_address_cannot_add_settings() {
        assert_eq!(quoted("http://a/\"\n output = \"b\\"), r#""http://a/\"\n output = \"b\\""#);
    }

    #[test]
    fn only_what_can_be_checked_is_fetched() {
        let refused = |text: &str| Source::parse(text).unwrap_err().to_string();
        assert!(Source::parse("https://example.org/a.deb").is_ok());
        assert!(Source::parse(&format!("HTTP://example.org/a.deb#sha256={}", SUM.to_uppercase())).is_ok());
        assert!(refused("http://example.org/a.deb").contains("have the sum of the file behind it"));
        assert!(refused("https://example.org/a.deb#sha256=12").contains("64 hexadecimal digits"));
        assert!(refused("https://example.org/a.deb#md5=12").contains("64 hexadecimal digits"));
        assert!(refused("file:///etc/shadow").contains("should be https://..."));
        assert!(refused("https://example.org/a b").contains("without blanks"));
        let error = refused("http://me:secret@example.org/a.deb");
        assert!(error.contains("http://example.org/a.deb") && !error.contains("secret"), "{error}");
    }

    /// Answers each request with "hello world", but for one of `/none`.
    fn server() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or_default();
                let status = if request[..length].starts_with(b"GET /none") { "404 Not Found" } else { "200 OK" };
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 11\r\nConnection: close\r\n\r\nhello world");
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        format!("http://{address}")
    }

    #[test]
    fn a_file_is_fetched_and_its_sum_is_checked() {
        let host = Root::host();
        if Tool::find(&host, "curl").is_none() {
            return skipped("curl is not installed");
        }
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("got");
        let (server, stop) = (server(), Stop::new().unwrap());
        let fetch = |path: &str, sum: &str| {
            Source::parse(&format!("{server}{path}#sha256={sum}")).unwrap().fetch(&host, to.to_str().unwrap(), &stop)
        };
        fetch("/file", SUM).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"hello world");
        let error = fetch("/file", &"0".repeat(64)).unwrap_err().to_string();
        assert!(error.contains("/file gives has the SHA-256 sum b94d27b9"), "{error}");
        let error = fetch("/none", SUM).unwrap_err().to_string();
        assert!(error.contains("404"), "{error}");
    }
}

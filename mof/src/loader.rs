//! Reads a file and everything it includes, and puts all declarations into one list.

use crate::diagnostic::{Report, Sink};
use crate::lint::Lint;
use crate::parser;
use crate::source::{MAX_FILE_SIZE, Sources, Span, decode};
use crate::syntax::{Declaration, Lost};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

/// More text than this in one run is refused, unless the caller says otherwise. The whole DMTF schema has 8 MiB.
pub(crate) const MAX_TEXT: u64 = 128 << 20;

/// Includes nested deeper than this are refused.
const MAX_DEPTH: usize = 64;

/// What has been read so far.
pub(crate) struct Loader {
    pub(crate) sources: Sources,
    pub(crate) sink: Sink,
    pub(crate) declarations: Vec<Declaration>,
    /// Names that may be declared in text that was not read or not understood.
    pub(crate) lost: Lost,
    /// The files read, as the text names them.
    pub(crate) files: Vec<PathBuf>,
    /// Where included files are looked for that are not beside the including file.
    include_directories: Vec<PathBuf>,
    /// Whether files may be included.
    includes: bool,
    /// How many bytes of text a run may have.
    max_text: u64,
    /// How many bytes were read; `None` when that became too much, which is reported.
    size: Option<u64>,
    /// The files being read now, each included by the one before it.
    open: Vec<PathBuf>,
    /// The real paths of all files read: each is read once, however often it is included.
    seen: HashSet<PathBuf>,
}

impl Loader {
    pub(crate) fn new(include_directories: Vec<PathBuf>, max_text: u64) -> Self {
        Self {
            sources: Sources::default(),
            sink: Sink::default(),
            declarations: Vec::new(),
            lost: Lost::default(),
            files: Vec::new(),
            include_directories,
            includes: true,
            max_text,
            size: Some(0),
            open: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Parses text that the caller has; its includes are looked for beside `path`.
    pub(crate) fn load_text(&mut self, path: &Path, text: &str) {
        if self.has_room(text.len(), path, None) {
            self.text(path, text.to_owned());
        }
    }

    /// Parses text that the caller has as bytes. It cannot include anything.
    pub(crate) fn load_bytes(&mut self, path: &Path, bytes: &[u8]) {
        self.includes = false;
        if self.has_room(bytes.len(), path, None) {
            self.decoded(path, bytes);
        }
    }

    /// Reads a file, or every `.mof` file of a directory in the order of their names.
    pub(crate) fn load(&mut self, path: &Path) {
        if !path.is_dir() {
            return self.file(path, None);
        }
        let mut files: Vec<PathBuf> = match std::fs::read_dir(path) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(error) => return self.cannot_read(path, None, &error),
        };
        files.retain(|file| file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mof")));
        files.sort();
        if files.is_empty() {
            self.sink.error_outside(format!("there is no .mof file in the directory {}", path.display()));
        }
        for file in files {
            self.file(&file, None);
        }
    }

    fn text(&mut self, path: &Path, text: String) {
        let file = self.sources.add(path, text);
        let document = parser::parse(file, self.sources.file(file), &mut self.sink);
        self.lost.add_all(document.lost);
        for declaration in document.declarations {
            match declaration {
                Declaration::Include(include) if !self.includes => {
                    self.sink.error(include.span, "this text cannot include files");
                }
                Declaration::Include(include) => {
                    let target = self.find(path, &include.text);
                    self.file(&target, Some(include.span));
                }
                other => self.declarations.push(other),
            }
        }
    }

    /// Where an included file is; beside the including file if it is nowhere.
    fn find(&self, including: &Path, included: &str) -> PathBuf {
        let beside = including.parent().unwrap_or(Path::new(""));
        let directories = || std::iter::once(beside).chain(self.include_directories.iter().map(PathBuf::as_path));
        // Files from Windows write paths with its separator.
        let names = [included.to_owned(), included.replace("\\\\", "/").replace('\\', "/")];
        let files = names.iter().flat_map(|name| directories().map(move |directory| directory.join(name)));
        files.into_iter().find(|file| file.exists()).unwrap_or_else(|| beside.join(included))
    }

    fn file(&mut self, path: &Path, included: Option<Span>) {
        if self.size.is_none() {
            return;
        }
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => return self.cannot_read(path, included, &error),
        };
        if let (Some(place), Some(span)) = (self.open.iter().position(|open| *open == real), included) {
            let names: Vec<_> = self.open[place..].iter().chain([&real]).map(|open| file_name(open)).collect();
            self.sink.error(span, "the file includes itself").label(names.join(" includes "));
            return;
        }
        if !self.seen.insert(real.clone()) {
            return;
        }
        if let (true, Some(span)) = (self.open.len() >= MAX_DEPTH, included) {
            self.sink.error(span, format!("files are included more than {MAX_DEPTH} levels deep"));
            self.lost.add_everything();
            return;
        }
        match read(&real) {
            Ok(bytes) if !self.has_room(bytes.len(), path, included) => {}
            Ok(bytes) => {
                self.files.push(path.to_owned());
                self.open.push(real);
                self.decoded(path, &bytes);
                self.open.pop();
            }
            Err(error) => self.cannot_read(path, included, &error),
        }
    }

    /// Counts these bytes, too. The first that are too many are reported.
    fn has_room(&mut self, bytes: usize, path: &Path, included: Option<Span>) -> bool {
        self.size = self.size.map(|size| size + bytes as u64).filter(|size| *size <= self.max_text);
        if self.size.is_none() {
            let limit = self.max_text;
            let message =
                format!("with {} the text of this run is longer than the limit of {limit} bytes", path.display());
            self.report(message, included);
        }
        self.size.is_some()
    }

    fn decoded(&mut self, path: &Path, bytes: &[u8]) {
        let (text, damaged) = decode(bytes);
        let replaced = text.find(char::REPLACEMENT_CHARACTER).filter(|_| damaged);
        let number = self.sources.count();
        self.text(path, text);
        if let Some(place) = replaced {
            let span = Span { file: number, start: place as u32, end: place as u32 + 3 };
            self.sink.lint(Lint::InvalidText, span, "the file is not valid UTF-8 or UTF-16").label("this was replaced");
        }
    }

    fn cannot_read(&mut self, path: &Path, included: Option<Span>, error: &io::Error) {
        let report = self.report(format!("cannot read {}: {error}", path.display()), included);
        let name = file_name(path);
        let folder = path.parent().filter(|_| error.kind() == io::ErrorKind::NotFound);
        let beside = folder.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten();
        let beside: Vec<_> = beside.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        report.suggest(&name, beside.iter().map(String::as_str));
    }

    /// Reports a file that is not read.
    fn report(&mut self, message: String, included: Option<Span>) -> &mut Report {
        self.lost.add_everything();
        match included {
            Some(span) => self.sink.error(span, message).label("included here"),
            None => self.sink.error_outside(message),
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if metadata.len() > MAX_FILE_SIZE {
        return Err(io::Error::other(format!("it is larger than {} MiB", MAX_FILE_SIZE >> 20)));
    }
    std::fs::read(path)
}

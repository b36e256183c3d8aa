use std::io::Write;

use regex::bytes::RegexSet;

use super::*;
use crate::linux::testing::machine_with;

const PATH: &str = "/var/log/app.log";

fn limited(rows: usize) -> Limit {
    Limit { rows, bytes: usize::MAX }
}

struct Machine {
    dir: tempfile::TempDir,
    root: Root,
    bookmarks: Bookmarks,
}

impl Machine {
    fn new(content: &[u8]) -> Self {
        let (dir, root) = machine_with(&[(PATH, content)]);
        let bookmarks = Bookmarks::at(dir.path().join("bookmarks"));
        Self { dir, root, bookmarks }
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.root.path(PATH)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rotate(&self, to: &str) {
        fs::rename(self.root.path(PATH), self.root.path(to)).unwrap();
    }

    fn added(&self, name: &str, limit: usize) -> Added {
        let all = RegexSet::new(["."]).unwrap();
        read_added(&self.root, &self.bookmarks, Path::new(PATH), name, false, &all, limited(limit)).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        self.added("test", 100).rows.into_iter().map(|row| row.line).collect()
    }
}

#[test]
fn the_first_call_sets_the_mark_and_later_ones_give_what_is_new() {
    let machine = Machine::new(b"old\n");
    assert_eq!(machine.lines(), [""; 0]);
    machine.append("one\ntwo\n");
    assert_eq!(machine.lines(), ["one", "two"]);
    assert_eq!(machine.lines(), [""; 0]);
}

#[test]
fn a_line_that_is_still_being_written_is_left_for_later() {
    let machine = Machine::new(b"");
    machine.lines();
    machine.append("whole\nha");
    assert_eq!(machine.lines(), ["whole"]);
    machine.append("lf\n");
    assert_eq!(machine.lines(), ["half"]);
}

#[test]
fn a_row_says_which_expressions_it_matches_and_others_are_passed_over() {
    let machine = Machine::new("error: disk\nfine\n\u{fc}ber error\nwarn\n".as_bytes());
    let expressions = RegexSet::new(["error", "^error", "w.rn"]).unwrap();
    let path = Path::new(PATH);
    let added = read_added(&machine.root, &machine.bookmarks, path, "x", true, &expressions, limited(10)).unwrap();
    let rows: Vec<_> = added.rows.iter().map(|row| (row.line.as_str(), row.matches.as_slice())).collect();
    assert_eq!(rows, [("error: disk", &[0, 1][..]), ("\u{fc}ber error", &[0]), ("warn", &[2])]);
}

#[test]
fn what_logrotate_moved_away_is_read_to_its_end_first() {
    let machine = Machine::new(b"");
    machine.lines();
    machine.append("a\n");
    assert_eq!(machine.lines(), ["a"]);
    machine.append("b\nlast");
    machine.rotate("/var/log/app.log.1");
    machine.append("c\n");
    let added = machine.added("test", 100);
    assert_eq!(added.rows.iter().map(|row| row.line.as_str()).collect::<Vec<_>>(), ["b", "last", "c"]);
    assert!(!added.missed && !added.has_more);
}

#[test]
fn two_rotations_between_two_calls_lose_nothing() {
    let machine = Machine::new(b"a\n");
    machine.lines();
    machine.append("b\n");
    machine.rotate("/var/log/app.log-20240304");
    machine.append("c\n");
    // What was written in the same instant would have no order.
    let later = fs::File::open(machine.root.path(PATH)).unwrap();
    later.set_modified(SystemTime::now() + std::time::Duration::from_secs(5)).unwrap();
    machine.rotate("/var/log/app.log-20240305");
    machine.append("d\n");
    assert_eq!(machine.lines(), ["b", "c", "d"]);
}

#[test]
fn a_file_that_was_emptied_is_read_from_its_beginning_and_says_so() {
    let machine = Machine::new(b"a line that is long enough\n");
    machine.lines();
    fs::write(machine.root.path(PATH), "new\n").unwrap();
    let added = machine.added("test", 100);
    assert_eq!((added.rows[0].line.as_str(), added.missed), ("new", true));
}

#[test]
fn a_file_that_was_emptied_and_grew_beyond_the_mark_is_noticed() {
    let machine = Machine::new(b"0123456789\n");
    machine.lines();
    fs::write(machine.root.path(PATH), "abcdefghijk\nsecond\n").unwrap();
    let added = machine.added("test", 100);
    assert_eq!(added.rows.len(), 2);
    assert!(added.missed);
}

#[test]
fn a_moved_file_that_is_gone_is_said_to_be_missed() {
    let machine = Machine::new(b"a\n");
    machine.lines();
    let _held = fs::File::open(machine.root.path(PATH)).unwrap();
    fs::remove_file(machine.root.path(PATH)).unwrap();
    machine.append("b\n");
    let added = machine.added("test", 100);
    assert_eq!((added.rows.len(), added.missed), (1, true));
}

#[test]
fn a_limit_leaves_the_rest_for_the_next_call() {
    let machine = Machine::new(b"");
    machine.lines();
    machine.append("a\nb\nc\n");
    let first = machine.added("test", 2);
    assert_eq!((first.rows.len(), first.has_more), (2, true));
    let second = machine.added("test", 2);
    assert_eq!((second.rows[0].line.as_str(), second.has_more), ("c", false));
}

#[test]
fn a_limit_of_bytes_ends_a_call_too() {
    let machine = Machine::new(b"");
    machine.lines();
    machine.append("12345\n6\n7\n");
    let all = RegexSet::new(["."]).unwrap();
    let read = || {
        let limit = Limit { rows: 9, bytes: 6 };
        let added = read_added(&machine.root, &machine.bookmarks, Path::new(PATH), "test", false, &all, limit).unwrap();
        (added.rows.into_iter().map(|row| row.line).collect::<Vec<_>>(), added.has_more)
    };
    assert_eq!(read(), (vec!["12345".to_owned(), "6".to_owned()], true));
    assert_eq!(read(), (vec!["7".to_owned()], false));
}

#[test]
fn a_bookmark_that_was_forgotten_begins_at_the_end_that_the_file_has_when_it_is_read() {
    let machine = Machine::new(b"");
    machine.lines();
    forget(&machine.bookmarks, Path::new(PATH), "test").unwrap();
    machine.append("a\n");
    assert_eq!(machine.lines(), [""; 0]);
    machine.append("b\n");
    assert_eq!(machine.lines(), ["b"]);
}

#[test]
fn bookmarks_of_one_file_do_not_disturb_each_other_and_are_kept() {
    let machine = Machine::new(b"");
    machine.added("one", 9);
    machine.added("two", 9);
    machine.append("a\n");
    assert_eq!(machine.added("one", 9).rows.len(), 1);
    let reopened = Bookmarks::at(machine.dir.path().join("bookmarks"));
    let all = RegexSet::new(["."]).unwrap();
    let added = read_added(&machine.root, &reopened, Path::new(PATH), "two", false, &all, limited(9)).unwrap();
    assert_eq!(added.rows.len(), 1);
    for name in ["one", "two"] {
        let kept = format!("bookmarks/{name}/var/log/app.log.bookmark");
        assert!(machine.dir.path().join(kept).is_file(), "{name}");
    }
}

#[test]
fn a_bookmark_can_be_set_anew_to_either_end() {
    let machine = Machine::new(b"a\nb\n");
    let reset = |to_beginning| {
        reset(&machine.root, &machine.bookmarks, Path::new(PATH), "test", to_beginning).unwrap();
    };
    reset(true);
    assert_eq!(machine.lines(), ["a", "b"]);
    reset(true);
    reset(false);
    assert_eq!(machine.lines(), [""; 0]);
}

#[test]
fn a_line_without_end_is_cut_and_does_not_fill_the_memory() {
    let machine = Machine::new(b"");
    machine.lines();
    machine.append(&"x".repeat(200_000));
    machine.append("\nnext\n");
    let rows = machine.added("test", 9).rows;
    assert_eq!((rows[0].line.len(), rows[1].line.as_str()), (65_536, "next"));
}

#[test]
fn names_and_paths_that_could_lead_elsewhere_are_refused() {
    let machine = Machine::new(b"");
    let all = RegexSet::new(["."]).unwrap();
    for (path, name) in [(PATH, "../x"), (PATH, ""), (PATH, ".x"), (PATH, "a/b"), ("app.log", "x"), ("/a/../b", "x")] {
        let error =
            read_added(&machine.root, &machine.bookmarks, Path::new(path), name, false, &all, limited(1)).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { .. }), "{path} {name}: {error}");
    }
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let machine = Machine::new(b"");
    let pipe = machine.root.path("/var/log/pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let error = reset(&machine.root, &machine.bookmarks, Path::new("/var/log/pipe"), "x", false).unwrap_err();
    assert!(error.to_string().ends_with("is no regular file"), "{error}");
}

#[test]
fn a_damaged_bookmark_says_how_to_mend_it() {
    let machine = Machine::new(b"");
    machine.lines();
    fs::write(machine.dir.path().join("bookmarks/test/var/log/app.log.bookmark"), "1 2").unwrap();
    let all = RegexSet::new(["."]).unwrap();
    let error =
        read_added(&machine.root, &machine.bookmarks, Path::new(PATH), "test", false, &all, limited(1)).unwrap_err();
    assert!(error.to_string().contains("ResetBookmark"), "{error}");
}

#[test]
fn files_are_listed_but_no_links() {
    let machine = Machine::new(b"12345");
    std::os::unix::fs::symlink("app.log", machine.root.path("/var/log/link")).unwrap();
    fs::create_dir(machine.root.path("/var/log/apt")).unwrap();
    fs::write(machine.root.path("/var/log/apt/term.log"), "").unwrap();
    let files: Vec<_> = list(&machine.root).into_iter().map(|file| (file.path, file.size)).collect();
    assert_eq!(files, [(PATH.into(), 5), ("/var/log/apt/term.log".into(), 0)]);
}

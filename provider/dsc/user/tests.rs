//! Users of a machine whose files are there, and no programs.

use super::*;
use crate::dsc::testing::Machine;
use omi::ResultCode;

const HASH: &str = "$6$salt$madeUpHashThatNoPasswordHas";
const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/bash\n\
    svc:x:100:100::/var/lib/svc:/usr/sbin/nologin\n\
    alice:x:1000:1000:Alice A.,Room 1,,:/home/alice:/bin/bash\n\
    www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n";
const SHADOW: &[u8] = b"root::19000:0:99999:7:::\n\
    svc:!:19000::::::\n\
    alice:$6$salt$madeUpHashThatNoPasswordHas:19000:0:99999:7:::\n\
    www-data:*:19000:0:99999:7:::\n";
const GROUP: &[u8] = b"root:x:0:\nusers:x:100:\nalice:x:1000:\n";

fn machine() -> Machine {
    Machine::with(&[("etc/passwd", PASSWD), ("etc/shadow", SHADOW), ("etc/group", GROUP)])
}

pub(super) fn user(name: &str) -> MsftNxUserResource {
    MsftNxUserResource { user_name: Some(name.into()), ..MsftNxUserResource::default() }
}

fn differing(desired: &MsftNxUserResource) -> Vec<&'static str> {
    machine().test(&User, desired).unwrap().iter().map(|difference| difference.property).collect()
}

fn refused(desired: &MsftNxUserResource) -> String {
    let error = machine().test(&User, desired).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_PARAMETER, "{error}");
    error.message().to_owned()
}

#[test]
fn get_tells_what_is_and_never_the_password() {
    let found = machine().get(&User, &user("alice"));
    assert_eq!((found.ensure.as_deref(), found.user_id.as_deref()), (Some("Present"), Some("1000")));
    assert_eq!((found.full_name.as_deref(), found.description.as_deref()), (Some("Alice A."), Some("Room 1")));
    assert_eq!((found.password, found.disabled, found.password_change_required), (None, Some(false), Some(false)));
    assert_eq!((found.home_directory.as_deref(), found.group_id.as_deref()), (Some("/home/alice"), Some("1000")));
}

#[test]
fn get_of_a_missing_user_says_absent() {
    let found = machine().get(&User, &MsftNxUserResource { ensure: Some("present".into()), ..user("bob") });
    assert_eq!(found, MsftNxUserResource { ensure: Some("Absent".into()), ..user("bob") });
}

#[test]
fn what_is_not_given_is_not_compared() {
    for name in ["root", "svc", "alice", "www-data"] {
        assert_eq!(differing(&user(name)), [""; 0], "{name}");
    }
}

#[test]
fn a_missing_user_differs_unless_it_shall_be_absent() {
    let absent = |name| MsftNxUserResource { ensure: Some("absent".into()), ..user(name) };
    assert_eq!(differing(&user("bob")), ["Ensure"]);
    assert_eq!(differing(&absent("bob")), [""; 0]);
    assert_eq!(differing(&absent("alice")), ["Ensure"]);
}

#[test]
fn each_property_is_compared() {
    let same = MsftNxUserResource {
        full_name: Some("Alice A.".into()),
        description: Some("Room 1".into()),
        password: Some(HASH.into()),
        disabled: Some(false),
        password_change_required: Some(false),
        home_directory: Some("/home/alice/".into()),
        group_id: Some("1000".into()),
        ..user("alice")
    };
    assert_eq!(differing(&same), [""; 0]);
    let other = MsftNxUserResource {
        full_name: Some("".into()),
        description: Some("Room".into()),
        password: Some("*".into()),
        disabled: Some(true),
        password_change_required: Some(false),
        home_directory: Some("/home/al".into()),
        group_id: Some("100".into()),
        ..user("alice")
    };
    let names = ["FullName", "Description", "HomeDirectory", "GroupID", "Password", "Disabled"];
    assert_eq!(differing(&other), names);
    let shown = format!("{:?}", machine().test(&User, &other).unwrap());
    assert!(shown.contains("(hidden)") && !shown.contains("$6$"), "{shown}");
}

#[test]
fn a_group_may_be_given_by_its_name() {
    let of = |name: &str, group: &str| MsftNxUserResource { group_id: Some(group.into()), ..user(name) };
    assert_eq!(differing(&of("alice", "alice")), [""; 0]);
    assert_eq!(differing(&of("alice", "users")), ["GroupID"]);
    assert!(refused(&of("alice", "explorers")).contains("GroupID \"explorers\" is no group of this machine"));
}

#[test]
fn an_empty_password_is_a_password_like_others() {
    let desired = MsftNxUserResource { password: Some(HASH.into()), disabled: Some(false), ..user("root") };
    assert_eq!(differing(&desired), ["Password"]);
    assert_eq!(machine().get(&User, &user("root")).disabled, Some(false));
}

#[test]
fn an_initial_password_that_the_user_has_changed_is_as_desired() {
    let other = "$6$other$initialPasswordOfAlice";
    let initial = |required| MsftNxUserResource {
        password: Some(other.into()),
        password_change_required: Some(required),
        ..user("alice")
    };
    assert_eq!(differing(&initial(true)), [""; 0]);
    assert_eq!(differing(&initial(false)), ["Password"]);
    let unchanged = MsftNxUserResource { password: Some(HASH.into()), ..initial(true) };
    assert_eq!(differing(&unchanged), ["PasswordChangeRequired"]);
}

#[test]
fn wrong_values_are_refused_by_name() {
    assert!(refused(&user("a:b")).starts_with("nxUser: UserName \"a:b\" is no name of a user"));
    assert!(refused(&user("-r")).starts_with("nxUser: UserName \"-r\" should be a name of up to 32"));
    let full_name = |name: &str| MsftNxUserResource { full_name: Some(name.into()), ..user("alice") };
    assert!(refused(&full_name("A, B")).contains("FullName \"A, B\" has a colon, comma or control character"));
    assert!(refused(&full_name("x:0:0\n")).contains("FullName \"x:0:0\\n\" has a colon"));
    let home = MsftNxUserResource { home_directory: Some("home".into()), ..user("alice") };
    assert!(refused(&home).contains("HomeDirectory \"home\" is no path from the root"));
    let ensure = MsftNxUserResource { ensure: Some("maybe".into()), ..user("alice") };
    assert!(refused(&ensure).contains("Ensure cannot be \"maybe\"; allowed are Present, Absent"));
}

#[test]
fn a_password_that_is_no_hash_is_refused_and_not_shown() {
    for secret in ["secret", "!$6$salt$secret", "$6$secret", "$6$salt$secret:0", "$6$salt$sec\nret", "secretSecret-"] {
        let text = refused(&MsftNxUserResource { password: Some(secret.into()), ..user("alice") });
        assert!(text.contains("Password is no hash") && !text.contains("sec"), "{text}");
    }
    for hash in [HASH, "*", "$y$j9T$salt$hash", "$2b$10$saltAndHash", "abJnggxhB/yWI"] {
        machine().test(&User, &MsftNxUserResource { password: Some(hash.into()), ..user("alice") }).unwrap();
    }
}

#[test]
fn inventory_lists_those_that_fit_the_patterns() {
    let names = |filter: &MsftNxUserResource| {
        let found = machine().inventory(&User, filter).unwrap();
        assert!(found.iter().all(|user| user.ensure.as_deref() == Some("Present") && user.password.is_none()));
        found.into_iter().filter_map(|user| user.user_name).collect::<Vec<_>>()
    };
    assert_eq!(names(&MsftNxUserResource::default()), ["root", "svc", "alice", "www-data"]);
    assert_eq!(names(&user("*a*")), ["alice", "www-data"]);
    assert_eq!(names(&MsftNxUserResource { full_name: Some("A*".into()), ..user("*a*") }), ["alice"]);
    assert_eq!(names(&MsftNxUserResource { description: Some("Room ?".into()), ..user("") }), ["alice"]);
}

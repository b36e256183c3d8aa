//! The lists that the layout tests walk through name everything that the crate defines.

use std::collections::BTreeSet;

use crate::list::{each_code, each_define, each_struct};
use crate::source;

#[test]
fn the_list_of_structs_has_every_struct_with_every_field() {
    let mut listed: BTreeSet<(&str, Vec<&str>)> = BTreeSet::new();
    macro_rules! add {
        ($name:ident $(($there:tt))? { $($field:ident $(($field_there:tt))?),* }) => {
            listed.insert((stringify!($name), vec![$(stringify!($field)),*]));
        };
    }
    each_struct!(add);

    let structs = source::structs();
    let defined = structs.iter().map(|s| (s.name.as_str(), s.fields.iter().map(|(name, _)| name.as_str()).collect()));
    assert_eq!(listed, defined.collect());
}

#[test]
fn the_lists_of_constants_have_every_constant() {
    let mut listed = BTreeSet::new();
    macro_rules! add {
        ($kind:ident: $($name:ident),*) => { listed.extend([$(stringify!($name).to_owned()),*]) };
    }
    each_code!(add);
    each_define!(add);

    let mut defined = source::constants(&source::text("types/codes.rs"));
    defined.extend(source::constants(&source::text("defines.rs")));
    assert_eq!(listed, defined.into_iter().collect());
}

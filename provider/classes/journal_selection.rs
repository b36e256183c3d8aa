//! From the condition of a query on the journal to what the journal has an index of.
//!
//! Only what every match must meet is taken: the condition itself, or the terms that AND joins. The rest is tested
//! record by record, as is all of this once more.

use crate::linux::journal::{Field, Selection};
use omi::Datetime;
use omi::wql::{Condition, Literal, Operator};
use std::time::SystemTime;

/// What the index can look up of the condition.
pub(super) fn selection(condition: Option<&Condition>) -> Selection {
    let mut selection = Selection::default();
    let terms = match condition {
        Some(Condition::And(terms)) => terms.as_slice(),
        Some(term) => std::slice::from_ref(term),
        None => &[],
    };
    for term in terms {
        let Condition::Compare { property, operator, value } = term else { continue };
        match property.to_ascii_lowercase().as_str() {
            "messagetimestamp" => narrow_time(&mut selection, *operator, value),
            "priority" => narrow_priority(&mut selection, *operator, value),
            name => {
                let Some(field) = field(name).filter(|_| *operator == Operator::Equal) else { continue };
                let wanted = match value {
                    Literal::String(text) => text.clone(),
                    Literal::Integer(number) => number.to_string(),
                    Literal::Boolean(_) | Literal::Real(_) => continue,
                };
                if field.is_number() && wanted.parse::<u32>().is_err() {
                    continue;
                }
                selection.fields.push((field, wanted));
            }
        }
    }
    selection
}

fn field(property: &str) -> Option<Field> {
    Some(match property {
        "unit" => Field::Unit,
        "identifier" => Field::Identifier,
        "bootid" => Field::Boot,
        "transport" => Field::Transport,
        "processid" => Field::Process,
        "userid" => Field::User,
        _ => return None,
    })
}

fn narrow_time(selection: &mut Selection, operator: Operator, value: &Literal) {
    let Literal::String(text) = value else { return };
    let Some(time) = text.parse::<Datetime>().ok().and_then(Datetime::to_system_time) else { return };
    let later = |known: Option<SystemTime>| Some(known.map_or(time, |known| known.max(time)));
    let earlier = |known: Option<SystemTime>| Some(known.map_or(time, |known| known.min(time)));
    if matches!(operator, Operator::Equal | Operator::Greater | Operator::GreaterOrEqual) {
        selection.since = later(selection.since);
    }
    if matches!(operator, Operator::Equal | Operator::Less | Operator::LessOrEqual) {
        selection.until = earlier(selection.until);
    }
}

fn narrow_priority(selection: &mut Selection, operator: Operator, value: &Literal) {
    let Literal::Integer(number) = value else { return };
    let Ok(number) = u8::try_from(*number) else { return };
    let (lowest, highest) = selection.priorities.unwrap_or((0, 7));
    let (from, to) = match operator {
        Operator::Equal => (number, number),
        Operator::LessOrEqual => (0, number),
        // Less than the most urgent one is nothing, which the test record by record finds out.
        Operator::Less => (0, number.saturating_sub(1)),
        // A record without a priority would be lost by a lower bound alone no more than by an upper one.
        Operator::GreaterOrEqual => (number, 7),
        Operator::Greater => (number.saturating_add(1), 7),
        Operator::NotEqual => return,
    };
    let (lowest, highest) = (lowest.max(from), highest.min(to).min(7));
    if lowest <= highest {
        selection.priorities = Some((lowest, highest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omi::wql::Select;

    fn of(condition: &str) -> Selection {
        let select = Select::parse(&format!("SELECT * FROM Linux_JournalLogRecord WHERE {condition}")).unwrap();
        selection(select.condition())
    }

    #[test]
    fn what_and_joins_is_looked_up() {
        let selection = of("Unit = 'sshd.service' AND Priority <= 3 AND Message LIKE '%failed%' AND 7 = ProcessID");
        assert_eq!(selection.priorities, Some((0, 3)));
        let fields = [(Field::Unit, "sshd.service".to_owned()), (Field::Process, "7".to_owned())];
        assert_eq!(selection.fields, fields);
    }

    #[test]
    fn times_become_the_narrowest_bounds() {
        let selection = of("MessageTimestamp >= '20240305080000.000000+000' AND \
                            MessageTimestamp > '20240305100000.000000+060' AND \
                            MessageTimestamp < '20240305120000.000000+000'");
        let at = |text: &str| text.parse::<Datetime>().unwrap().to_system_time();
        assert_eq!(selection.since, at("20240305090000.000000+000"));
        assert_eq!(selection.until, at("20240305120000.000000+000"));
    }

    #[test]
    fn what_a_match_need_not_meet_is_not_looked_up() {
        for condition in
            ["Unit = 'a' OR Unit = 'b'", "NOT Unit = 'a'", "Unit <> 'a'", "Unit LIKE 'a%'", "Priority <> 3"]
        {
            assert_eq!(of(condition), Selection::default(), "{condition}");
        }
    }

    #[test]
    fn priorities_that_exclude_each_other_are_left_to_the_test_of_each_record() {
        assert_eq!(of("Priority <= 2 AND Priority > 5").priorities, Some((0, 2)));
        assert_eq!(of("Priority < 300").priorities, None);
        assert_eq!(of("Priority = 9").priorities, None);
    }
}

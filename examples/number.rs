//! A whole provider library: one class, `Sample_Number`, declared in `number.mof`.
//!
//! `cargo build --example number` makes `target/debug/examples/libnumber.so`, and
//! `lumi get Sample_Number Number=7 --provider target/debug/examples/libnumber.so` asks it.

use omi::{Enumerate, Error, Get, Invoke, Query, Result, Sink};

include!(concat!(env!("OUT_DIR"), "/number.rs"));
use sample_number::{GreatestCommonDivisor, GreatestCommonDivisorOutput};

const LAST: u32 = 20_000;

#[derive(Default)]
struct Numbers;

impl From<u32> for SampleNumber {
    fn from(number: u32) -> Self {
        Self {
            number: Some(number),
            text: Some(number.to_string()),
            square: Some(u64::from(number) * u64::from(number)),
            root: Some(f64::from(number).sqrt()),
            is_even: Some(number.is_multiple_of(2)),
            neighbours: Some(vec![(number - 1).to_string(), (number + 1).to_string()]),
        }
    }
}

impl Enumerate<SampleNumber> for Numbers {
    // Numbers are computed, so nothing can block.
    const INLINE: Option<fn(&Self) -> bool> = Some(|_| true);

    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, SampleNumber>) -> Result<()> {
        (1..=LAST).try_for_each(|number| out.post(number.into()))
    }
}

impl Get<SampleNumber> for Numbers {
    fn get(&self, key: SampleNumber, _query: &Query<'_>) -> Result<SampleNumber> {
        match key.number {
            Some(number @ 1..=LAST) => Ok(number.into()),
            number => Err(Error::not_found(format!("there is no Sample_Number.Number={number:?}, only 1 to {LAST}"))),
        }
    }
}

impl Invoke<GreatestCommonDivisor> for Numbers {
    fn invoke(
        &self,
        _target: Option<SampleNumber>,
        input: GreatestCommonDivisor,
        _query: &Query<'_>,
    ) -> Result<GreatestCommonDivisorOutput> {
        let (Some(mut left), Some(mut right)) = (input.left, input.right) else {
            return Err(Error::invalid_parameter("GreatestCommonDivisor needs the parameters Left and Right"));
        };
        while right != 0 {
            (left, right) = (right, left % right);
        }
        Ok(GreatestCommonDivisorOutput { return_value: Some(left) })
    }
}

omi::module! {
    SampleNumber => Numbers { GreatestCommonDivisor },
}

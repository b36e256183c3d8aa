//! What a client wants to be told and asked, by the options of its request (MS-WSMV section 2.2.10).

use super::callbacks;
use omi::dialogue::{Channel, Question};
use omi::{Value, text};

/// What a client wants to be told and asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The [`callbacks`] that it registered.
    pub callbacks: u32,
    /// The channels whose messages it wants, as bits; `None` for all.
    channels: Option<u32>,
    inquire_errors: bool,
    prompts: PromptMode,
    /// The answer to ordinary questions that are not put to it.
    acknowledge: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PromptMode {
    Report,
    #[default]
    Inquire,
    Ignore,
}

/// What becomes of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It is answered without the client.
    Answer(bool),
    /// The client is told, and it is answered nevertheless.
    Report(bool),
    /// The client is asked.
    Inquire,
}

impl Wishes {
    /// Takes an option, by its name without prefix, into account. Unknown options and values change nothing.
    pub fn note(&mut self, name: &str, value: &Value) {
        let number = || text::display(value).parse::<u32>().ok();
        match name {
            // Given several times, their bits count together.
            "__MI_CallbackRegistration" => self.callbacks |= number().unwrap_or_default(),
            "__MI_OPERATIONOPTIONS_CHANNEL" | "__MI_OPERATIONOPTIONS_CHANNELVALUE" => {
                if let Some(channel @ 0..32) = number() {
                    *self.channels.get_or_insert_default() |= 1 << channel;
                }
            }
            "__MI_OPERATIONOPTIONS_WRITEERRORMODE" => self.inquire_errors = number() == Some(1),
            "__MI_OPERATIONOPTIONS_PROMPTUSERMODE" => {
                self.prompts = match number() {
                    Some(0) => PromptMode::Report,
                    Some(2) => PromptMode::Ignore,
                    _ => PromptMode::Inquire,
                };
            }
            "__MI_OPERATIONOPTIONS_PROMPTUSERMODEREGULAR_ACKVALUE" => {
                self.acknowledge = Some(text::display(value).eq_ignore_ascii_case("true") || number() == Some(1));
            }
            _ => {}
        }
    }

    /// Whether it wants messages of this channel.
    pub fn wants(&self, channel: Channel) -> bool {
        let bit = 1 << channel as u32;
        self.registered(callbacks::MESSAGES) && self.channels.is_none_or(|channels| channels & bit != 0)
    }

    /// Whether it registered this callback.
    pub fn registered(&self, callback: u32) -> bool {
        self.callbacks & callback != 0
    }

    /// Whether it decides after an error if the provider goes on.
    pub fn decides_errors(&self) -> bool {
        self.inquire_errors
    }

    /// What becomes of a question (section 3.1.6.8). Critical ones are always put to a client that registered for questions.
    pub fn treat(&self, question: &Question, is_critical: bool) -> Treatment {
        let acknowledge = self.acknowledge.filter(|_| !is_critical);
        let unasked = acknowledge.unwrap_or(question.unasked());
        match self.prompts {
            _ if !self.registered(callbacks::QUESTIONS) => Treatment::Answer(unasked),
            _ if is_critical => Treatment::Inquire,
            PromptMode::Report => Treatment::Report(unasked),
            PromptMode::Ignore if acknowledge.is_some() => Treatment::Answer(unasked),
            PromptMode::Ignore | PromptMode::Inquire => Treatment::Inquire,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODE: &str = "__MI_OPERATIONOPTIONS_PROMPTUSERMODE";
    const ACKNOWLEDGE: &str = "__MI_OPERATIONOPTIONS_PROMPTUSERMODEREGULAR_ACKVALUE";

    fn wishes(options: &[(&str, Value)]) -> Wishes {
        let mut wishes = Wishes::default();
        options.iter().for_each(|(name, value)| wishes.note(name, value));
        wishes
    }

    #[test]
    fn messages_are_wanted_by_callback_and_channel() {
        assert!(!wishes(&[]).wants(Channel::Warning));
        let all =
            wishes(&[("__MI_CallbackRegistration", Value::Sint32(2)), ("__MI_CallbackRegistration", Value::Sint32(1))]);
        assert!(all.wants(Channel::Debug) && all.registered(callbacks::ERRORS));
        let channel = "__MI_OPERATIONOPTIONS_CHANNELVALUE";
        let some = [("__MI_CallbackRegistration", Value::Sint32(11)), (channel, 0_u32.into()), (channel, 1_u32.into())];
        let some = wishes(&some);
        assert!(some.wants(Channel::Warning) && some.wants(Channel::Verbose) && !some.wants(Channel::Debug));
    }

    #[test]
    fn the_prompt_mode_decides_what_becomes_of_a_question() {
        let register = ("__MI_CallbackRegistration", Value::Sint32(16));
        let question = Question::Prompt("?".to_owned());
        let treat = |options: &[(&str, Value)], is_critical| wishes(options).treat(&question, is_critical);
        assert_eq!(treat(&[], false), Treatment::Answer(true));
        assert_eq!(treat(std::slice::from_ref(&register), false), Treatment::Inquire);
        for (mode, acknowledge, expected) in [
            (0, None, Treatment::Report(true)),
            (0, Some(false), Treatment::Report(false)),
            (1, Some(false), Treatment::Inquire),
            (2, None, Treatment::Inquire),
            (2, Some(false), Treatment::Answer(false)),
            (2, Some(true), Treatment::Answer(true)),
        ] {
            let mut options = vec![register.clone(), (MODE, Value::Uint32(mode))];
            options.extend(acknowledge.map(|yes| (ACKNOWLEDGE, Value::Boolean(yes))));
            assert_eq!(treat(&options, false), expected, "{mode} {acknowledge:?}");
            assert_eq!(treat(&options, true), Treatment::Inquire, "critical: {mode} {acknowledge:?}");
        }
    }

    #[test]
    fn a_critical_question_that_cannot_be_asked_is_answered_with_no() {
        let question = Question::CriticalPrompt("?".to_owned());
        assert_eq!(wishes(&[(ACKNOWLEDGE, Value::Boolean(true))]).treat(&question, true), Treatment::Answer(false));
    }
}

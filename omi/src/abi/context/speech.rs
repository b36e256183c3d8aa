//! What a provider says and asks while it works.

use super::{Context, check};
use crate::abi::write::{c_string, with_value};
use crate::dialogue::{Answer, Channel, Delivery, Progress, Question};
use crate::{Error, Result, Value};
use omi_sys::*;

/// What stands for a percentage or a time that nobody knows.
const UNKNOWN: MI_Uint32 = MI_Uint32::MAX;

impl Context {
    pub(crate) fn write_message(&self, channel: Channel, text: &str) -> Delivery {
        let text = c_string(text);
        delivery(call!(self, WriteMessage, channel as MI_Uint32, text.as_ptr()))
    }

    pub(crate) fn write_progress(&self, progress: &Progress) -> Delivery {
        let [activity, operation, status] =
            [&progress.activity, &progress.operation, &progress.status].map(|text| c_string(text));
        let percent = progress.percent.unwrap_or(UNKNOWN);
        // Longer than 136 years is as good as unknown.
        let remaining = progress.remaining.and_then(|it| it.as_secs().try_into().ok()).unwrap_or(UNKNOWN);
        let (activity, operation, status) = (activity.as_ptr(), operation.as_ptr(), status.as_ptr());
        delivery(call!(self, WriteProgress, activity, operation, status, percent, remaining))
    }

    /// Reports an error that does not end the operation. Yes means to go on.
    pub(crate) fn write_error(&self, error: &Error) -> Answer {
        let mut go_on = MI_FALSE;
        if let Some(details) = error.details()
            && let Ok(instance) = self.cim_error(error, details)
        {
            let result = call!(self, WriteCimError, instance.as_ptr(), &mut go_on);
            return answer(result, go_on);
        }
        let message = c_string(error.message());
        let (code, kind) = (error.code().0, MI_RESULT_TYPE_MI.as_ptr());
        let result = call!(self, WriteError, code, kind, message.as_ptr(), &mut go_on);
        answer(result, go_on)
    }

    pub(crate) fn ask(&self, question: &Question) -> Answer {
        let mut yes = MI_FALSE;
        let result = match question {
            Question::ShouldProcess { target, action } => {
                let (target, action) = (c_string(target), c_string(action));
                call!(self, ShouldProcess, target.as_ptr(), action.as_ptr(), &mut yes)
            }
            Question::ShouldContinue(text) => {
                let text = c_string(text);
                call!(self, ShouldContinue, text.as_ptr(), &mut yes)
            }
            Question::Prompt(text) => {
                let text = c_string(text);
                call!(self, PromptUser, text.as_ptr(), MI_PROMPTTYPE_NORMAL, &mut yes)
            }
            Question::CriticalPrompt(text) => {
                let text = c_string(text);
                call!(self, PromptUser, text.as_ptr(), MI_PROMPTTYPE_CRITICAL, &mut yes)
            }
        };
        answer(result, yes)
    }

    /// Sends elements of a streamed parameter: an array, with its array type and, as mi.h reserves them, no flags.
    ///
    /// # Errors
    /// What the host answers when it takes no more.
    pub(crate) fn write_stream_parameter(&self, name: &str, value: &Value) -> Result<Delivery> {
        let (name, kind) = (c_string(name), MI_Type(value.kind().code()));
        let result = with_value(self, value.as_ref(), |value| {
            call!(self, WriteStreamParameter, name.as_ptr(), std::ptr::from_ref(value), kind, 0)
        })?;
        if result == MI_RESULT_NOT_SUPPORTED {
            return Ok(Delivery::Unsupported);
        }
        check(result, "the host refused a part of a streamed parameter").map(|()| Delivery::Delivered)
    }
}

fn delivery(result: MI_Result) -> Delivery {
    if result == MI_RESULT_OK { Delivery::Delivered } else { Delivery::Unsupported }
}

fn answer(result: MI_Result, flag: MI_Boolean) -> Answer {
    match (result == MI_RESULT_OK, flag != MI_FALSE) {
        (false, _) => Answer::Unsupported,
        (true, true) => Answer::Yes,
        (true, false) => Answer::No,
    }
}

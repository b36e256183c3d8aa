//! `MI_OperationOptions`.

use super::error::check;
use super::session::HostSession;
use crate::Result;
use crate::abi::maker::Maker;
use crate::abi::write::{c_string, interval, with_value};
use crate::client::{CallbackMode, OperationOptions};
use crate::dialogue::Channel;
use omi_sys::*;
use std::ffi::CStr;

/// Options that the other side has made; deleted when this value goes.
pub(super) struct HostOptions(MI_OperationOptions);

impl HostOptions {
    /// What `options` say; wanted properties become part of the operation. `None` where the other side makes no options and
    /// none has to be complied with.
    pub(super) fn of(session: &HostSession, options: &OperationOptions) -> Result<Option<Self>> {
        let must_comply = options.custom.iter().any(|option| option.must_comply);
        let mut made = match Self::new(session.application(), must_comply) {
            Ok(made) => made,
            Err(error) if must_comply => return Err(error),
            Err(_) => return Ok(None),
        };
        made.fill(session, options)?;
        Ok(Some(made))
    }

    fn new(mut application: MI_Application, must_comply: bool) -> Result<Self> {
        let mut options = MI_OPERATIONOPTIONS_NULL;
        // SAFETY: the table of an application is NULL or constant; the out-parameter is initialised.
        let result = unsafe {
            match application.ft.as_ref().and_then(|table| table.NewOperationOptions) {
                Some(new) => new(&mut application, must_comply.into(), &mut options),
                None => MI_RESULT_NOT_SUPPORTED,
            }
        };
        check(result, "options for the operation cannot be made")?;
        Ok(Self(options))
    }

    fn fill(&mut self, maker: &dyn Maker, options: &OperationOptions) -> Result<()> {
        if let Some(timeout) = options.timeout {
            self.set_interval(__MI_OPERATIONOPTIONS_TIMEOUT, &interval(timeout.into()))?;
        }
        // MI has languages for sessions only; these are the names by which providers find those of a request.
        for (name, language) in [(c"WSMAN_Locale", &options.locale), (c"WSMAN_DataLocale", &options.data_locale)] {
            if let Some(language) = language {
                self.set_text(name, language)?;
            }
        }
        if options.listener.is_some() {
            self.set_number(__MI_OPERATIONOPTIONS_WRITEERRORMODE, mode(options.errors), 0)?;
            self.set_number(__MI_OPERATIONOPTIONS_PROMPTUSERMODE, mode(options.prompts), 0)?;
            for channel in [Channel::Warning, Channel::Verbose, Channel::Debug] {
                let is_off = !options.channels.contains(&channel);
                // The flag 1 takes a channel away, as MI_OperationOptions_DisableChannel does.
                self.set_number(__MI_OPERATIONOPTIONS_CHANNEL, channel as u32, is_off.into())?;
            }
        }
        for option in &options.custom {
            let (name, kind) = (c_string(&option.name), MI_Type(option.value.kind().code()));
            let result = with_value(maker, option.value.as_ref(), |value| {
                // SAFETY: the functions belong to these options; name and value live for the call and are copied.
                unsafe {
                    match self.table().and_then(|table| table.SetCustomOption) {
                        Some(set) => set(&mut self.0, name.as_ptr(), kind, value, option.must_comply.into(), 0),
                        None => MI_RESULT_NOT_SUPPORTED,
                    }
                }
            })?;
            check(result, &format!("the option {:?} cannot be set", option.name))?;
        }
        Ok(())
    }

    fn set_text(&mut self, name: &CStr, value: &str) -> Result<()> {
        let value = c_string(value);
        // SAFETY: the functions belong to these options; name and value live for the call and are copied.
        let result = unsafe {
            match self.table().and_then(|table| table.SetString) {
                Some(set) => set(&mut self.0, name.as_ptr(), value.as_ptr(), 0),
                None => MI_RESULT_NOT_SUPPORTED,
            }
        };
        check(result, &format!("the option {name:?} cannot be set"))
    }

    fn set_number(&mut self, name: &CStr, value: u32, flags: u32) -> Result<()> {
        // SAFETY: the functions belong to these options; the name lives for the call.
        let result = unsafe {
            match self.table().and_then(|table| table.SetNumber) {
                Some(set) => set(&mut self.0, name.as_ptr(), value, flags),
                None => MI_RESULT_NOT_SUPPORTED,
            }
        };
        check(result, &format!("the option {name:?} cannot be set"))
    }

    fn set_interval(&mut self, name: &CStr, value: &MI_Interval) -> Result<()> {
        // SAFETY: the functions belong to these options; name and value live for the call and are copied.
        let result = unsafe {
            match self.table().and_then(|table| table.SetInterval) {
                Some(set) => set(&mut self.0, name.as_ptr(), value, 0),
                None => MI_RESULT_NOT_SUPPORTED,
            }
        };
        check(result, &format!("the option {name:?} cannot be set"))
    }

    fn table(&self) -> Option<&'static MI_OperationOptionsFT> {
        // SAFETY: the table of options is NULL or constant.
        unsafe { self.0.ft.as_ref() }
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut MI_OperationOptions {
        &mut self.0
    }
}

impl Drop for HostOptions {
    fn drop(&mut self) {
        if let Some(delete) = self.table().and_then(|table| table.Delete) {
            // SAFETY: the options were made by the other side and are not used any more; operations have copied them.
            unsafe { delete(&mut self.0) };
        }
    }
}

fn mode(mode: CallbackMode) -> u32 {
    let mode = match mode {
        CallbackMode::Report => MI_CALLBACKMODE_REPORT,
        CallbackMode::Inquire => MI_CALLBACKMODE_INQUIRE,
        CallbackMode::Ignore => MI_CALLBACKMODE_IGNORE,
    };
    mode.0
}

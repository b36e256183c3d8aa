//! Linux_CronJob: the jobs of cron.

use crate::linux::Root;
use crate::linux::cron::{self, Job};
use crate::schema::LinuxCronJob;
use crate::schema::linux_cron_job::Keys;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_CronJob.
#[derive(Default)]
pub(crate) struct CronJobs {
    root: Root,
}

impl Enumerate<LinuxCronJob> for CronJobs {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxCronJob>) -> Result<()> {
        cron::jobs(&self.root)?.into_iter().try_for_each(|job| out.post(instance(job)))
    }
}

impl Get<LinuxCronJob> for CronJobs {
    fn get(&self, key: LinuxCronJob, _query: &Query<'_>) -> Result<LinuxCronJob> {
        let asked = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_CronJob is found by its key InstanceID, such as Linux:Cron:/etc/crontab:6")
        })?;
        let found = cron::jobs(&self.root)?.into_iter().find(|job| id(job) == asked);
        found.map(instance).ok_or_else(|| not_found::<LinuxCronJob>(&[("InstanceID", asked)]))
    }
}

fn id(job: &Job) -> String {
    format!("Linux:Cron:{}:{}", job.table, job.line)
}

fn instance(job: Job) -> LinuxCronJob {
    LinuxCronJob {
        name: Some(job.command.clone()),
        element_name: Some(job.command.clone()),
        owner: Some(job.user.clone()),
        schedule: Some(job.schedule.clone()),
        standard_input: job.input.clone(),
        table: Some(job.table.clone()),
        line: Some(job.line),
        ..LinuxCronJob::new(Keys { instance_id: id(&job) }).with_command(job.command)
    }
}

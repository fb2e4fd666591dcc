//! Starts, reloads and stops everything that runs. Imports every other room; only the engine's handle imports it.

mod held_lists; // lists whose purpose has changed, or that are gone
mod names; // transports that were renamed, or are not in the settings any more
mod recover; // deliveries that an earlier process left unsettled
mod reload; // other settings while everything goes on
mod restart; // a transport whose task died is begun again
mod start; // lists, transports, first context
mod stop; // ends plugins and tasks
mod supervisor; // the tasks
mod task; // keeps a task running that must not end
mod transport; // prepares, opens and ends one transport

pub(crate) use reload::reload;
pub(crate) use start::start;
pub(crate) use stop::stop;
pub(crate) use supervisor::EngineSupervisor;
pub(crate) use task::keep_running;
